"""Which rows are accepted, which are held and why."""

from tasking.intake.quality.suites import CheckResult, check

__all__ = ["CheckResult", "check"]
