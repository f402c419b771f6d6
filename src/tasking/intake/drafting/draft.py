"""Drafts a feed: bytes and answers in; a declaration, a suite, a sample and open questions out. No I/O.

The steps: read the samples, give each field its columns, name the files, learn the suite, invent the people.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache, partial
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import pandas as pd
from pydantic import ValidationError

from tasking.config.desk_feed import DESK
from tasking.config.feed import Feed, Photos
from tasking.config.feed_columns import Fields
from tasking.config.feed_delivery import Delivery
from tasking.config.lexicon import common_stems, stem
from tasking.config.suite import Suite
from tasking.intake.conventions import Conventions
from tasking.intake.drafting.assigning import Assignment, assign
from tasking.intake.drafting.category_words import CategoryWord, category_words, knows
from tasking.intake.drafting.column import Column
from tasking.intake.drafting.declaration import declaration_text
from tasking.intake.drafting.file_names import NamedDay, days_in, delivery_name
from tasking.intake.drafting.habits import habits_of, photos_of
from tasking.intake.drafting.ignored import ignored_patterns, personal_columns
from tasking.intake.drafting.interview import Choice, Interview, Question
from tasking.intake.drafting.inventing import Inventor, people_in
from tasking.intake.drafting.reading import read_samples
from tasking.intake.drafting.references import Renumbered
from tasking.intake.drafting.sample import ENDINGS, SampleFile, Sheet
from tasking.intake.drafting.sample_rewriting import rewritten
from tasking.intake.drafting.suite import learned_suite, suite_text
from tasking.intake.normalise import normalise
from tasking.intake.readers import read_rows
from tasking.intake.row_notes import counted
from tasking.intake.times import read_times
from tasking.model.errors import TaskingError

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,30}")
_OFTEN: Final = 0.1  # of a sample's reports on one day: fewer may be a slip of the year
_TRANSPORTS: Final[dict[str, dict[str, Any]]] = {
    "folder": {"kind": "folder"},
    "sftp": {"kind": "sftp"},
    "imap": {"kind": "imap"},
    "open311": {"kind": "open311"},
    "objects": {"kind": "objects", "url": "s3://bucket/folder"},
}


@dataclass(frozen=True)
class DraftRequest:
    """`samples`: in the order in which they came; the last becomes the sample. `answers`: key -> answer."""

    feed: str
    partner: str
    samples: tuple[SampleFile, ...]
    contact: str = ""
    answers: Mapping[str, str] | None = None


@dataclass(frozen=True)
class SampleDelivery:
    """A sample, unpacked. `lines`: where each of its rows stands. `day`: the reporting day that it is tried as."""

    name: str
    content: bytes
    lines: tuple[int, ...]
    day: date


@dataclass(frozen=True)
class FeedDraft:
    """`files`: path below include/ -> content; empty while a question blocks. `deliveries`: the samples, to be tried.

    `unit`: what the rows of the samples are counted in (line, row, record).
    """

    feed: Feed | None
    suite: Suite | None
    files: dict[str, bytes]
    questions: tuple[Question, ...]
    categories: tuple[CategoryWord, ...]
    deliveries: tuple[SampleDelivery, ...]
    unit: str

    @property
    def is_blocked(self) -> bool:
        return any(one.is_blocking for one in self.questions)


def draft_feed(request: DraftRequest, conventions: Conventions, place_words: frozenset[str]) -> FeedDraft:
    """The draft of a feed. `place_words`: words of public places, which a sample may keep.

    Raises TaskingError for samples that can't be read, naming the file, line and column, and for a wrong answer.
    """
    _refuse_wrong(request)
    interview = Interview(request.answers or {})
    sheet = read_samples(request.samples, request.feed, request.partner, interview)
    columns = [Column(name, sheet.frame[name]) for name in sheet.shape.columns if name in sheet.frame]
    known = cache(partial(knows, conventions.categories))
    is_keyed = sheet.shape.file.format in ("json", "jsonl")
    assigned = assign(columns, known, interview, is_keyed=is_keyed)
    last = sheet.files[-1]
    if assigned is None:
        return FeedDraft(None, None, {}, interview.open_questions, (), (), sheet.shape.unit)
    by_name = {one.name: one for one in columns}
    words = category_words(conventions.categories, by_name[assigned.fields["category"]])
    feed, comments = _feed(request, sheet, columns, assigned, conventions, interview)
    interview.refuse_unused()
    suite = learned_suite(feed, normalise(feed, read_rows(feed, last.content), feed.sample_day, conventions))
    inventor = _inventor(feed, by_name, known, place_words)
    size = f"{counted(len(sheet.frame), 'row')} of {counted(len(sheet.files), 'sample file')}"
    head = (
        f"{request.partner}: drafted from {size}.",
        'Where it says "Check", ask the partner; then take the comment out.',
    )
    files = {
        f"feeds/{feed.feed}.yml": declaration_text(feed, head, comments).encode(),
        f"expectations/{feed.feed}.json": suite_text(suite).encode(),
        f"feeds/{feed.sample}": rewritten(last.content, inventor, sheet.shape.columns),
    }
    deliveries = tuple(_deliveries(feed, sheet))
    return FeedDraft(feed, suite, files, interview.open_questions, tuple(words), deliveries, sheet.shape.unit)


def _refuse_wrong(request: DraftRequest) -> None:
    """Raises TaskingError for a name that a feed can't have, for no sample, and for two samples of one name."""
    if not _NAME.fullmatch(request.feed) or request.feed == DESK:
        raise TaskingError(f"{request.feed!r} can't be the name of a feed: small letters, digits and _", field="feed")
    if not request.partner.strip():
        raise TaskingError("Enter the partner's name, as it is shown", field="partner")
    names = [one.name for one in request.samples]
    if not names or len(set(names)) < len(names):
        raise TaskingError("Give at least one sample, and each under a name of its own", field="samples")


def _deliveries(feed: Feed, sheet: Sheet) -> Iterator[SampleDelivery]:
    """Each sample with the day in its name; without one, with the day of its reports, or of the sample."""
    for one in sheet.files:
        is_own = [name == one.name for name, _ in sheet.lines]
        lines = tuple(number for name, number in sheet.lines if name == one.name)
        named = next((read.day for read in days_in(one.name) if read.pattern == feed.delivery.name), None)
        received = read_times(sheet.frame[is_own], feed.fields.received_at, feed.timezone).at.dropna()
        is_last = one is sheet.files[-1]
        day = feed.sample_day if is_last else named or _reporting_day(received, feed.timezone) or feed.sample_day
        yield SampleDelivery(one.name, one.content, lines, day)


def _feed(
    request: DraftRequest, sheet: Sheet, columns: Sequence[Column], assigned: Assignment, conventions: Conventions,
    interview: Interview,
) -> tuple[Feed, dict[str, str]]:  # fmt: skip
    """The declaration, and comments by key where it is unsure."""
    fields = _fields(assigned)
    left = [one for one in columns if one.name not in fields.columns]
    photos = photos_of(left)
    left = [one for one in left if photos is None or one.name != photos.column]
    ignored = ignored_patterns(left, [*fields.columns, *([photos.column] if photos else [])])
    ending = ENDINGS[sheet.shape.file.format]
    zone = str(conventions.calendar.zone)
    named = _named(request, sheet, fields, zone, interview, ending)
    transport = _transport(request.feed, sheet, interview)
    feed = Feed(
        feed=request.feed,
        partner=request.partner,
        contact=request.contact or request.partner,
        timezone=zone,
        delivery=Delivery.model_validate({"name": named.pattern, "transport": transport}),
        file=sheet.shape.file,
        fields=fields,
        ignored=ignored,
        photos=photos,
        sample=f"samples/{request.feed}.{ending}",
        sample_day=named.day,
    )
    feed = feed.model_copy(update=habits_of(feed, sheet, interview))
    return feed, _comments(request, sheet, assigned, left, photos)


def _fields(assigned: Assignment) -> Fields:
    """The fields of the declaration. Raises TaskingError for an answer that names several columns where one is read."""
    try:
        return Fields.model_validate(assigned.fields)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        raise TaskingError(f"--answer {name}: {name} is read from one column; name one of them", field=name) from error


def _named(
    request: DraftRequest, sheet: Sheet, fields: Fields, zone: str, interview: Interview, ending: str
) -> NamedDay:
    """How the files are named and the day of the last, as its name, its reports or an answer say."""
    names = [one.name for one in sheet.files]
    is_last = [name == names[-1] for name, _ in sheet.lines]
    received = read_times(sheet.frame[is_last], fields.received_at, zone).at.dropna()
    day = _reporting_day(received, zone)
    if (answer := interview.given("sample_day")) is not None:
        try:
            day = date.fromisoformat(answer)
        except ValueError:
            raise TaskingError(f"--answer sample_day={answer}: give a day as YYYY-MM-DD", field="sample_day") from None
    named = delivery_name(names, day, request.feed, ending, interview)
    return named if answer is None else named._replace(day=day or named.day)


def _reporting_day(received: pd.Series, zone: str) -> date | None:
    """The reporting day on which most of the last reports came: a single wrong year is not the newest report."""
    if received.empty:
        return None
    local = (received.dt.tz_convert(ZoneInfo(zone)) - pd.Timedelta(hours=6)).dt.date
    counts: Counter[date] = Counter(local.tolist())
    often = [day for day, count in counts.items() if count >= max(1, _OFTEN * len(local))]
    return max(often) + timedelta(days=1)


def _transport(feed: str, sheet: Sheet, interview: Interview) -> dict[str, Any]:
    """How the files reach us: a folder until somebody says otherwise; Open311 for its own layout."""
    is_open311 = "service_request_id" in sheet.shape.columns and sheet.shape.file.format == "json"
    default: Literal["open311", "folder"] = "open311" if is_open311 else "folder"
    words = "How do the files reach us? Its address and password are a connection, never in the declaration"
    choices = [Choice(kind) for kind in _TRANSPORTS]
    kind = interview.ask("transport", words, choices, default) or default
    own = dict(_TRANSPORTS[kind])
    return own | {"path": f"drops/{feed}"} if kind == "folder" else own


def _comments(
    request: DraftRequest, sheet: Sheet, assigned: Assignment, left: Sequence[Column], photos: Photos | None
) -> dict[str, str]:
    comments = {f"fields.{name}": f"Check: {words}." for name, words in assigned.unsure.items()}
    if "ASCII only" in (why := sheet.shape.findings.get("encoding", "")):
        comments["file.encoding"] = f"Check: the encoding. The sample is {why}."
    if not request.contact:
        comments["contact"] = "Check: who to ask if the delivery is missing or damaged."
    if personal := personal_columns(left):
        comments["ignored"] = f"Not read although they may be personal data: {', '.join(personal[:8])}."
    if photos:
        comments["photos"] = "Check: whether photos may be fetched from these hosts."
    return comments


def _inventor(
    feed: Feed, by_name: Mapping[str, Column], known: Callable[[str], bool], place_words: frozenset[str]
) -> Inventor:
    fields = feed.fields
    of_people = [
        column
        for value in (fields.caller_name, fields.subject_name)
        for column in ([value] if isinstance(value, str) else value or [])
    ]
    personal = [one for one in personal_columns(list(by_name.values())) if one not in fields.columns]
    names = people_in(cell for name in {*of_people, *personal} for cell in by_name[name].cells.dropna().unique())
    return Inventor(
        feed=feed,
        people=names,
        place_words=place_words,
        knows=known,
        common=lambda word: stem(word) in common_stems(),
        references=Renumbered(by_name[fields.source_ref].cells.dropna().tolist()),
    )
