"""Normalises a delivery so that a row which makes our own code raise is held alone, and the others are read."""

from dataclasses import replace
from datetime import date
from typing import Final

import pandas as pd
import structlog

from tasking.config.feed import Feed
from tasking.intake.category_words import conventions_in_force
from tasking.intake.normalise import Normalised, normalise
from tasking.intake.readers import Rows
from tasking.intake.service import IntakeService
from tasking.model.errors import (
    traceback_without_values,
)

log = structlog.get_logger(__name__)


INTERNAL_FAULT: Final = "unreadable because of a fault in Tasking: report it to the maintainers"
_MOST_NAMES: Final = 5
_MOST_TRIES: Final = 100  # one takes about 0.25 s


def normalise_in_isolation(
    service: IntakeService, feed: Feed, day: date, rows: Rows
) -> tuple[Normalised, pd.DataFrame]:
    """A delivery's rows as reports, located. A row that makes our code raise becomes a defect of that row."""
    try:
        return _normalise(service, feed, day, rows)
    except Exception as error:  # one row must not keep the others out
        broken = _broken(service, feed, day, rows)
        log.error(
            "rows could not be read", feed=feed.feed, rows=broken[:_MOST_NAMES], count=len(broken),
            where=traceback_without_values(error),
        )  # fmt: skip
    blank = rows.frame.copy()
    blank.loc[broken] = None
    defects = {**rows.defects, **dict.fromkeys(broken, INTERNAL_FAULT)}
    normalised, reports = _normalise(service, feed, day, replace(rows, frame=blank.astype("str"), defects=defects))
    return replace(normalised, raw=rows.frame), reports


def _normalise(service: IntakeService, feed: Feed, day: date, rows: Rows) -> tuple[Normalised, pd.DataFrame]:
    normalised = normalise(feed, rows, day, conventions_in_force(service))
    return normalised, service.gazetteer.located(normalised.reports)


def _broken(service: IntakeService, feed: Feed, day: date, rows: Rows) -> list[int]:
    """The numbers of the rows that raise even alone, found by halving.

    After _MOST_TRIES whatever has not been normalised counts as broken.
    """
    broken: list[int] = []
    parts = _halves(rows.frame)
    for _ in range(_MOST_TRIES):
        if not parts:
            break
        part = parts.pop()
        try:
            _normalise(service, feed, day, replace(rows, frame=part))
        except Exception:  # the caller has logged the first one
            if len(part) == 1:
                broken.append(int(part.index[0]))
            else:
                parts += _halves(part)
    return sorted([*broken, *(int(number) for part in parts for number in part.index)])


def _halves(frame: pd.DataFrame) -> list[pd.DataFrame]:
    middle = len(frame) // 2
    return [half for half in (frame.iloc[middle:], frame.iloc[:middle]) if len(half)]
