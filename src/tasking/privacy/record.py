"""The record of processing: for each column of a feed what it is, why and how long it is kept, and who sees it."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from tasking.config.feed import Feed
from tasking.config.privacy_file import PHOTOS, FieldPrivacy, Privacy
from tasking.model.report import REPORT_FIELDS, Audience
from tasking.model.retention import Retention

_DATA = {
    "none": "not personal", "personal": "personal", "special": "special (art. 9)",
    "criminal": "criminal (art. 10)",
}  # fmt: skip
NOT_READ = "(not read)"


class ProcessingLine(NamedTuple):
    """One column of a partner's and one field that is read from it. `basis`: with the condition that the data needs;
    `purpose_name`, `audience`: the short names of purpose and seen_by."""

    feed: str
    partner: str
    column: str
    field: str
    what: str
    data: str
    purpose: str
    basis: str
    kept_for: str
    seen_by: str
    purpose_name: str
    audience: str


def processing_record(
    feeds: Mapping[str, Feed], privacy: Privacy, retention: Retention, readers: Mapping[Audience, str]
) -> list[ProcessingLine]:
    """The lines of these feeds, in the order of their columns. `readers`: who an audience is, in words."""
    return [line for feed in feeds.values() for line in _of_feed(feed, privacy, retention, readers)]


def notes_on(retention: Retention) -> tuple[str, ...]:
    """What holds for every column, as sentences."""
    return (
        f"Every column is also in the file as the partner sent it, which is kept for "
        f"{_days(retention.deliveries_days)}, and with a row that is held, for {_days(retention.held_days)}.",
        "Only people with the right “restricted” read a restricted report, with a reason that is logged.",
        "Data under a legal hold stays until the hold is lifted.",
    )


def _of_feed(
    feed: Feed, privacy: Privacy, retention: Retention, readers: Mapping[Audience, str]
) -> Iterator[ProcessingLine]:
    for column in feed.read_columns:
        for name, one in privacy.of_column(feed, column).items():
            audience = Audience.DETAILS if name == PHOTOS else REPORT_FIELDS[name].read_by
            days: int | None = getattr(retention, one.kept)
            yield ProcessingLine(
                feed.feed, feed.partner, column, name, one.what, _DATA[one.data],
                privacy.purposes[one.purpose].what, _basis(privacy, one), _days(days), readers[audience],
                one.purpose, audience.name.lower(),
            )  # fmt: skip
    for column in feed.ignored:
        yield ProcessingLine(
            feed.feed, feed.partner, column, NOT_READ, "we know the column and do not read it", "not known", "none",
            "none", _days(retention.deliveries_days), "nobody: it stays in the file as sent",
            "none", "nobody",
        )  # fmt: skip


def _basis(privacy: Privacy, one: FieldPrivacy) -> str:
    purpose = privacy.purposes[one.purpose]
    condition = {"special": purpose.special, "criminal": purpose.criminal}.get(one.data, "")
    return f"{purpose.basis}; {condition}" if condition else purpose.basis


def _days(days: int | None) -> str:
    if days is None:
        return "no limit"
    return f"{days:,} days"
