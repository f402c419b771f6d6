"""How a delivery as a whole compares with those before it: watched and noted, never held."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pandas as pd

from tasking.config.feed import Feed
from tasking.intake.quality.suites import CheckResult, check
from tasking.intake.quality.usual import LandedDay, measure
from tasking.intake.service import IntakeService
from tasking.intake.store.landed_days import landed_days
from tasking.model.delivery import Ledger


def check_delivery(
    service: IntakeService, feed: Feed, day: date, accepted: pd.DataFrame, ledger: Ledger
) -> CheckResult:
    """The suites about deliveries, over what came for the day: this file, and any that landed before it.

    Before there is enough history nothing is expected of a delivery, and there are no results.
    """
    suites = [one for one in service.suites[feed.feed] if one.meta.over == "delivery"]
    if not suites:
        return CheckResult({}, frozenset())
    days = {one.day: one for one in landed_days(service.warehouse, feed.feed, day)}
    earlier = days.pop(day, LandedDay(day, 0, 0))
    public = accepted.loc[~accepted["is_restricted"].astype(bool), "category"].fillna("")
    kinds = Counter(earlier.kinds) + Counter(public.tolist())
    rows, held = earlier.rows + ledger.rows_in - ledger.ignored, earlier.held + ledger.held
    measured = measure(LandedDay(day, rows, held, kinds), list(days.values()), service.conventions.categories.labels)
    of_week = measured.frame["rows_of_week"].iloc[0]
    week = {} if pd.isna(of_week) else {"rows_of_week": f"{of_week:,.0f}"}
    words = {**feed.placeholders, "rows": f"{rows:,}", "held": f"{held:,}", "kinds": measured.kinds, **week}
    found = check(measured.frame, suites, feed.feed, words, measured.usual)
    return replace(found, results=tuple(one for one in found.results if one.checked))
