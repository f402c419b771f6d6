"""What is accepted, what is held and why. Suites are files under include/expectations."""

from tasking.quality.declaration import Suite, load_suite
from tasking.quality.suites import Checked, check

__all__ = ["Checked", "Suite", "check", "load_suite"]
