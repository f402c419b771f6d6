"""What a report says that can be compared: when, where, what, who and which things, without saying who anybody is.

Signals are read once, when a report comes in, and kept; linking reads them instead of the text. Names and rare words
are keyed pseudonyms in them, so that two can be found equal and none can be read.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from tasking.config.lexicon import Lexicon, stem, tokens
from tasking.linkage import things
from tasking.linkage.event_time import event_time
from tasking.linkage.person_keys import NOBODY, Key, PersonKeys, person_keys
from tasking.model.text import WHOLE, Folded, folded

VERSION: Final = "signals-3"  # another one and every open report is read again
_HOUR_S: Final = 3600.0
_MOST_WORDS: Final = 120  # of a text of 10,000 characters
_PHRASES: Final = 2**47
_MOST_TEXT: Final = 4000  # characters read of a text
_MOST_KIND: Final = 300  # ... and of the partner's word for its kind
_UTC: Final = ZoneInfo("UTC")
_UNKNOWN: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Signals(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One report. Hours are since 1970, UTC; spots are (easting, northing, standard deviation, weight) in metres."""

    first_h: float
    last_h: float
    slack_h: float
    source: str
    spots: tuple[tuple[float, float, float, float], ...] = ()
    town: int = 0
    names: tuple[int, ...] = ()  # public names in the place
    mentioned: tuple[int, ...] = ()  # public names in the text only
    on_street: bool = False
    corner: tuple[int, ...] = ()  # the place's other words
    numbers: tuple[int, ...] = ()  # house and flat numbers, of the place and the text
    concepts: tuple[int, ...] = ()
    words: tuple[int, ...] = ()
    phrases: tuple[int, ...] = ()  # every three words in a row
    shown: tuple[str, ...] = ()  # public names as words, for reasons
    caller: PersonKeys = NOBODY
    subject: PersonKeys = NOBODY
    plates: tuple[int, ...] = ()
    near_plates: tuple[int, ...] = ()
    half_plates: tuple[int, ...] = ()
    sums: tuple[int, ...] = ()
    low: int = 0
    high: int = 0
    own_reference: int = 0
    references: tuple[int, ...] = ()
    size: int = 0  # words of the text
    is_separate: bool = False
    is_again: bool = False
    is_sensitive: bool = False  # by its words, whatever the partner calls it
    is_unread: bool = False  # nothing of it could be read: it is linked to nothing

    @property
    def is_marked(self) -> bool:
        """It names a vehicle or a reference, by which a report may find one that is much older."""
        return bool(self.half_plates or self.references)

    def to_json(self) -> str:
        return msgspec.json.encode(self).decode()


_DECODER: Final = msgspec.json.Decoder(Signals)


def signals_of(text: str) -> Signals:
    """Signals from their JSON."""
    return _DECODER.decode(text)


def unreadable(received_at: Any) -> Signals:
    """The signals of a report that can't be read: nothing that can be compared. It counts as sensitive, because
    nobody knows what it says."""
    last_h = _hours(event_time(_moment(received_at) or _UNKNOWN, None, None, False, None, _UTC).last)
    return Signals(last_h - 24, last_h, slack_h=3.0, source="assumed", is_sensitive=True, is_unread=True)


@dataclass(frozen=True)
class Where:
    """What the places room found of one report."""

    spots: tuple[tuple[float, float, float, float], ...] = ()
    names: tuple[str, ...] = ()
    public: tuple[str, ...] = ()  # those of the names that are in our own lists
    mentioned: tuple[str, ...] = ()
    corner: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    town: str | None = None
    on_street: bool = False


@dataclass(frozen=True)
class Reader:
    """Reads signals. `pseudonym` gives the keyed pseudonym of a value in a domain, such as `k1:9f3a...`."""

    lexicon: Lexicon
    zone: ZoneInfo
    pseudonym: Callable[[str, str], str]
    sensitive: str  # a pattern: what words make a report sensitive
    _key: Key = field(init=False, repr=False, compare=False)
    _sensitive: re.Pattern[str] = field(init=False, repr=False, compare=False)
    _acts: frozenset[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pseudonym = self.pseudonym

        @lru_cache(maxsize=200_000)
        def key(domain: str, value: str) -> int:
            return int(pseudonym(f"link:{domain}", value).rpartition(":")[2][:12], 16) + 1

        object.__setattr__(self, "_key", key)
        object.__setattr__(self, "_sensitive", re.compile(self.sensitive, re.IGNORECASE))
        object.__setattr__(self, "_acts", self.lexicon.group("act"))

    def read(self, report: Mapping[str, Any], where: Where) -> Signals:
        """The signals of one report: received_at, occurred_from, occurred_to, is_occurred_time_known, text,
        category_text, caller_name, subject_name, subject_born_on, source_ref. Null is None.

        Any text is read, and any time. The first 4,000 characters are compared; all of them are searched for what
        makes a report sensitive, and one that is too long for that is sensitive.
        """
        key = self._key
        written_text = _text(report["text"])
        whole = folded(written_text, WHOLE)
        text = Folded(whole[:_MOST_TEXT])
        when = event_time(
            _moment(report["received_at"]) or _UNKNOWN,
            _moment(report["occurred_from"]),
            _moment(report["occurred_to"]),
            bool(report["is_occurred_time_known"]),
            text,
            self.zone,
        )
        concepts, words = self.lexicon.find_concepts(f"{text} {_text(report['category_text'])[:_MOST_KIND]}")
        corner_concepts, _ = (
            self.lexicon.find_concepts(" ".join(where.corner)) if where.corner else (frozenset[int](), ())
        )
        corner_concepts -= self._acts  # "Stones Cross" and "block 4" are no deeds
        written = tokens(text)
        full, halves = things.plates(text)
        count = things.count(text)
        return Signals(
            first_h=_hours(when.first),
            last_h=_hours(when.last),
            slack_h=when.slack_h,
            source=when.source,
            spots=where.spots,
            town=key("town", where.town) if where.town else 0,
            names=_keys(key, "name", where.names),
            on_street=where.on_street,
            mentioned=_keys(key, "name", where.mentioned),
            corner=_keys(key, "corner", [stem(word) for word in where.corner]),
            numbers=_keys(key, "number", [*where.numbers, *things.houses(text)]),
            concepts=tuple(sorted(concepts | corner_concepts)),
            words=_keys(key, "word", words[:_MOST_WORDS]),
            phrases=_phrases(key, written),
            shown=where.public,
            caller=person_keys(_text(report["caller_name"]), None, key),
            subject=person_keys(_text(report["subject_name"]), _text(report["subject_born_on"]), key),
            plates=_keys(key, "plate", full),
            near_plates=_keys(key, "near plate", [mask for plate in full for mask in things.masked(plate)]),
            half_plates=_keys(key, "half plate", [*halves, *(plate[:4] for plate in full)]),
            sums=things.sums(text),
            low=count.low if count else 0,
            high=count.high if count else 0,
            own_reference=key("reference", things.reference_key(_text(report["source_ref"]))),
            references=_keys(key, "reference", things.references(text)),
            size=len(written),
            is_separate=things.says_separate(text),
            is_again=things.says_again(text),
            is_sensitive=len(written_text) > WHOLE or bool(self._sensitive.search(whole)),
        )


def _text(value: object) -> str:
    """A field as text; "" where it says nothing."""
    if isinstance(value, str):
        return value
    return "" if value is None or value != value else str(value)  # NaN differs from itself


def _moment(value: object) -> datetime | None:
    return value if isinstance(value, datetime) and value == value else None  # and so does NaT


def _keys(key: Key, domain: str, values: Sequence[str]) -> tuple[int, ...]:
    return tuple(sorted({key(domain, value) for value in values}))


def _phrases(key: Key, written: Sequence[str]) -> tuple[int, ...]:
    """Keys of every three words in a row: a text told again shares most of them, whatever was added."""
    keys = [key("word", token) for token in written[:_MOST_WORDS]]
    return tuple(
        sorted({(a * 3 + b * 5 + c * 7) % _PHRASES for a, b, c in zip(keys, keys[1:], keys[2:], strict=False)})
    )


def _hours(moment: datetime) -> float:
    return round(moment.timestamp() / _HOUR_S, 4)
