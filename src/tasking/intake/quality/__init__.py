"""Which rows are accepted, which are held and why."""

from tasking.intake.quality.suites import Checked, check

__all__ = ["Checked", "check"]
