"""Corrects the category, the place or the time of a report, with a reason. What the partner sent stays.

A correction counts from the day on which it is made: what an earlier day's briefing said stays as it was. It holds when
the partner sends the same row again, and when they revise the report without changing that field. Where they change
that very field, it is not applied: both values are shown, and a person decides.
"""

from collections.abc import Sequence
from datetime import date, time
from typing import Any, Final

import pandas as pd

from tasking.config.feed_columns import Position
from tasking.intake.positions import read_positions
from tasking.intake.service import IntakeService
from tasking.intake.store import corrections as store
from tasking.model.correction import Correction, Field
from tasking.model.day import moment_of
from tasking.model.errors import TaskingError
from tasking.places.place_choices import PlaceChoice, place_choices
from tasking.warehouse.visibility import FULL_VISIBILITY

_PAIR: Final = "position"
_LEAST_REASON: Final = 3


def corrections(service: IntakeService, report_id: str) -> list[Correction]:
    """The corrections of a report that count, one for each field that has one."""
    return store.corrections(service.warehouse, report_id)


def correct_category(
    service: IntakeService, report_id: str, code: str, reason: str, actor: str, *, has_restricted: bool
) -> date:
    """Gives a report another category. Returns the day from which it counts.

    A restricted category restricts the report. One that is not lifts the restriction unless the text or the partner's
    flag restricts it too; only somebody who may read restricted matters may do so (`has_restricted`).
    """
    sent = _sent(service, report_id)
    categories = service.conventions.categories
    chosen = next((one for one in categories.categories if one.code == code), None)
    if chosen is None:
        raise TaskingError("Choose a category", field="category")
    words, text = (pd.Series([value], dtype="str") for value in (chosen.label, sent["text"]))
    by_text = bool(categories.classify(words, text).is_restricted.iloc[0]) and not chosen.restricted
    is_restricted = chosen.restricted or by_text or sent["sensitivity"] is not None
    now = service.report(report_id, FULL_VISIBILITY)
    if (sent["is_restricted"] or (now and now["is_restricted"])) and not is_restricted and not has_restricted:
        raise TaskingError("This can’t be changed here. Ask somebody who may see restricted matters.")
    values = {
        "category": chosen.code, "priority": chosen.priority, "asb_kind": chosen.asb_kind,
        "is_restricted": is_restricted,
    }  # fmt: skip
    return _store(service, report_id, "category", values, reason, actor)


def correct_place(service: IntakeService, report_id: str, place: PlaceChoice, reason: str, actor: str) -> date:
    """Puts a report at a place of the gazetteer. Returns the day from which it counts."""
    sent = _sent(service, report_id)
    values = _located(service, place.pair, place.name) | {"postcode": None}
    return _store(service, sent["report_id"], "place", values, reason, actor)


def correct_position(service: IntakeService, report_id: str, pair: str, reason: str, actor: str) -> date:
    """Puts a report at a position, `51.27251, 0.19087`; the partner's words for the place stay. Returns the day from
    which it counts."""
    sent = _sent(service, report_id)
    values = _located(service, pair, sent["place_text"] or "")
    return _store(service, report_id, "place", values | {"postcode": sent["postcode"]}, reason, actor)


def correct_time(service: IntakeService, report_id: str, on: date, at: time | None, reason: str, actor: str) -> date:
    """Says when it happened; without `at` the time of day is not known. Returns the day from which it counts."""
    _sent(service, report_id)
    zone = service.partnership.zone
    moment = moment_of(on, at or time(), zone, "occurred_at")
    if moment > service.clock():
        raise TaskingError("Enter a date and time that are not in the future", field="occurred_on")
    values = {"occurred_from": moment, "occurred_to": None, "is_occurred_time_known": at is not None}
    return _store(service, report_id, "time", values, reason, actor)


def undo(
    service: IntakeService, report_id: str, field: Field, reason: str, actor: str, *, has_restricted: bool
) -> date:
    """Takes the correction of a field back: what the partner sent counts again, or the correction before it.

    Raises TaskingError where there is none, and where it would lift a restriction for somebody who may not.
    """
    sent = _sent(service, report_id)
    found = next((one for one in corrections(service, report_id) if one.field == field), None)
    if found is None:
        raise TaskingError("There is no correction to undo")
    lifts = field == "category" and found.corrected_to.get("is_restricted") and not sent["is_restricted"]
    if lifts and not has_restricted:
        raise TaskingError("This can’t be changed here. Ask somebody who may see restricted matters.")
    day = _today(service)
    store.store_undo(service.warehouse, report_id, field, _said(reason), actor, service.clock(), day)
    return day


def choices(service: IntakeService, typed: str) -> Sequence[PlaceChoice]:
    """The places of the gazetteer that somebody may mean."""
    return place_choices(service.gazetteer, typed)


def _located(service: IntakeService, pair: str, words: str) -> dict[str, Any]:
    """The columns of a place: its words, public names and ward, and where it is."""
    frame = pd.DataFrame({_PAIR: pd.Series([pair], dtype="str")})
    positions = read_positions(frame, Position(pair=_PAIR), service.conventions.area)
    latitude, longitude = positions.latitude.iloc[0], positions.longitude.iloc[0]
    if pd.isna(latitude):
        raise TaskingError("Enter a position in the county, such as 51.27251, 0.19087", field="position")
    reports = pd.DataFrame(
        {
            "place_text": pd.Series([words or None], dtype="str"), "latitude": [latitude], "longitude": [longitude],
            "postcode": pd.Series([None], dtype="str"),
        }
    )  # fmt: skip
    located = service.gazetteer.located(reports).iloc[0]
    names = {name: None if pd.isna(located[name]) else str(located[name]) for name in ("place_name", "town", "ward")}
    return names | {
        "place_text": words or None, "latitude": float(latitude), "longitude": float(longitude),
        "is_out_of_area": bool(positions.is_out_of_area.iloc[0]),
    }  # fmt: skip


def _store(
    service: IntakeService, report_id: str, field: Field, values: dict[str, Any], reason: str, actor: str
) -> date:
    day = _today(service)
    store.store_correction(service.warehouse, report_id, field, values, _said(reason), actor, service.clock(), day)
    return day


def _said(reason: str) -> str:
    if len(reason.strip()) < _LEAST_REASON:
        raise TaskingError("Enter why it is corrected", field="reason")
    return reason.strip()[:500]


def _sent(service: IntakeService, report_id: str) -> dict[str, Any]:
    found = store.sent_by_partner(service.warehouse, report_id)
    if found is None:
        raise TaskingError(f"there is no report {report_id}; a report is written feed:reference")
    return found


def _today(service: IntakeService) -> date:
    """The day from which a correction counts that is made now."""
    return service.clock().astimezone(service.partnership.zone).date()
