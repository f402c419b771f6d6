"""Suites of expectations over a delivery."""

from tasking.intake.quality.suites import CheckResult, ExpectationResult, RefusedBySuite, check

__all__ = ["CheckResult", "ExpectationResult", "RefusedBySuite", "check"]
