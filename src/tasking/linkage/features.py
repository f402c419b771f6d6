"""The features of a report, by which it is linked: when, where, what, who and which things.

Features are extracted once, when a report comes in, and stored; linking uses them instead of the text. Names and rare
words are keyed pseudonyms in them: two can be compared, none can be read.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

from tasking.config.lexicon import Lexicon, stem, tokens
from tasking.linkage import text_features
from tasking.linkage.event_time import event_time
from tasking.linkage.field_values import (
    UNKNOWN_MOMENT,
    keyed,
    keys_of_name,
    local_hours,
    moment_of,
    occurred,
    plain_text,
    postcode_keys,
)
from tasking.linkage.person_keys import NOBODY, Key, PersonKeys, person_keys
from tasking.linkage.wording import SILENT, Wording, text_of, wording_of
from tasking.model.text import WHOLE, Folded, folded

VERSION: Final = "signals-4"  # where it changes, the features of every open report are extracted again
_HOUR_S: Final = 3600.0
_MOST_WORDS: Final = 120  # of a text of 10,000 characters
_PHRASES: Final = 2**47
_MOST_TEXT: Final = 4000  # characters read of a text
_MOST_KIND: Final = 300  # ... and of the partner's word for its kind
_UTC: Final = ZoneInfo("UTC")


class ReportFeatures(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """The features of one report; the names of the fields are the keys of the stored JSON.

    Hours are since 1970, UTC; spots are (easting, northing, standard deviation, weight) in metres. `names` are public
    names in the place, `mentioned` those in the text only, `shown` the same as words, for evidence. `corner`: the
    place's other words; `phrases`: every three words in a row; `low` and `high`: how many people or vehicles; `size`:
    words of the text. Zero and empty: not known.
    """

    first_h: float
    last_h: float
    slack_h: float
    source: str
    spots: tuple[tuple[float, float, float, float], ...] = ()
    town: int = 0
    names: tuple[int, ...] = ()
    mentioned: tuple[int, ...] = ()
    on_street: bool = False
    corner: tuple[int, ...] = ()
    numbers: tuple[int, ...] = ()  # house and flat numbers, of the place and the text
    concepts: tuple[int, ...] = ()
    words: tuple[int, ...] = ()
    phrases: tuple[int, ...] = ()
    shown: tuple[str, ...] = ()
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
    size: int = 0
    is_separate: bool = False
    is_again: bool = False
    is_sensitive: bool = False  # by its words, whatever the partner calls it
    is_unread: bool = False  # it could not be read: it is linked to nothing
    own_spot: tuple[float, ...] = ()  # easting, northing of its own position
    postcode_spot: tuple[float, ...] = ()  # and of its postcode
    postcode: tuple[int, ...] = ()  # the postcode, its sector and its district
    occurred: tuple[float, ...] = ()  # from, to, as the partner's fields have it
    is_vague: bool = False  # the fields give a day only
    local_h: float = 0.0  # when it was received, in local hours; `occurred` and the windows of `wording` are local too
    text_spots: tuple[tuple[float, float], ...] = ()  # of the places that its text names
    caller_names: tuple[int, ...] = ()  # the whole name, and initial and surname, as `wording.text_names`
    subject_names: tuple[int, ...] = ()
    wording: Wording = SILENT

    @property
    def is_marked(self) -> bool:
        """True where it names a vehicle or a reference, by which it may be linked to a much older report."""
        return bool(self.half_plates or self.references)

    def to_json(self) -> str:
        return msgspec.json.encode(self).decode()


_DECODER: Final = msgspec.json.Decoder(ReportFeatures)


def features_from_json(text: str) -> ReportFeatures:
    """Features from their JSON."""
    return _DECODER.decode(text)


def unreadable_features(received_at: Any) -> ReportFeatures:
    """The features of a report that can't be read: nothing to compare. It counts as sensitive, because what it says is
    not known."""
    last_h = _hours(event_time(moment_of(received_at) or UNKNOWN_MOMENT, None, None, False, None, _UTC).last)
    return ReportFeatures(last_h - 24, last_h, slack_h=3.0, source="assumed", is_sensitive=True, is_unread=True)


@dataclass(frozen=True)
class ReportLocation:
    """The location candidates of one report; see places.LocationCandidates."""

    spots: tuple[tuple[float, float, float, float], ...] = ()
    names: tuple[str, ...] = ()
    public_names: tuple[str, ...] = ()
    names_in_text: tuple[str, ...] = ()
    other_words: tuple[str, ...] = ()
    house_numbers: tuple[str, ...] = ()
    town: str | None = None
    is_on_street: bool = False
    own_spot: tuple[float, ...] = ()
    postcode_spot: tuple[float, ...] = ()
    text_spots: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class FeatureExtractor:
    """Extracts features. `pseudonym` gives the keyed pseudonym of a value in a domain, such as `k1:9f3a...`."""

    lexicon: Lexicon
    zone: ZoneInfo
    pseudonym: Callable[[str, str], str]
    sensitive: str  # a pattern: what words make a report sensitive
    postcode_areas: frozenset[str] = frozenset()  # of the district: see text_features.plates
    _key: Key = field(init=False, repr=False, compare=False)
    _sensitive: re.Pattern[str] = field(init=False, repr=False, compare=False)
    _acts: frozenset[int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_key", keyed(self.pseudonym))
        object.__setattr__(self, "_sensitive", re.compile(self.sensitive, re.IGNORECASE))
        object.__setattr__(self, "_acts", self.lexicon.group("act"))

    def extract(self, report: Mapping[str, Any], location: ReportLocation) -> ReportFeatures:
        """The features of one report: received_at, occurred_from, occurred_to, is_occurred_time_known, text,
        category_text, caller_name, subject_name, subject_born_on, source_ref. Null is None.

        Any text is read, and any time. The first 4,000 characters are compared; all of them are searched for what
        makes a report sensitive, and one that is too long for that is sensitive.
        """
        key = self._key
        written_text = plain_text(report["text"])
        whole = folded(written_text, WHOLE)
        text = Folded(whole[:_MOST_TEXT])
        when = event_time(
            moment_of(report["received_at"]) or UNKNOWN_MOMENT,
            moment_of(report["occurred_from"]),
            moment_of(report["occurred_to"]),
            bool(report["is_occurred_time_known"]),
            text,
            self.zone,
        )
        concepts, words = self.lexicon.find_concepts(f"{text} {plain_text(report['category_text'])[:_MOST_KIND]}")
        place_concepts, _ = (
            self.lexicon.find_concepts(" ".join(location.other_words))
            if location.other_words
            else (frozenset[int](), ())
        )
        place_concepts -= self._acts  # "Stones Cross" and "block 4" are not what happened
        written = tokens(text)
        full, halves = text_features.plates(text, self.postcode_areas)
        count = text_features.count(text)
        local_h = local_hours(moment_of(report["received_at"]) or UNKNOWN_MOMENT, self.zone)
        return ReportFeatures(
            first_h=_hours(when.first),
            last_h=_hours(when.last),
            slack_h=when.slack_h,
            source=when.source,
            spots=location.spots,
            town=key("town", location.town) if location.town else 0,
            names=_keys(key, "name", location.names),
            on_street=location.is_on_street,
            mentioned=_keys(key, "name", location.names_in_text),
            corner=_keys(key, "corner", [stem(word) for word in location.other_words]),
            numbers=_keys(key, "number", [*location.house_numbers, *text_features.house_numbers(text)]),
            concepts=tuple(sorted(concepts | place_concepts)),
            words=_keys(key, "word", words[:_MOST_WORDS]),
            phrases=_phrases(key, written),
            shown=location.public_names,
            caller=person_keys(plain_text(report["caller_name"]), None, key),
            subject=person_keys(plain_text(report["subject_name"]), plain_text(report["subject_born_on"]), key),
            plates=_keys(key, "plate", full),
            near_plates=_keys(
                key, "near plate", [mask for plate in full for mask in text_features.masked_plates(plate)]
            ),
            half_plates=_keys(key, "half plate", [*halves, *(plate[:4] for plate in full)]),
            sums=text_features.sums_of_money(text),
            low=count.low if count else 0,
            high=count.high if count else 0,
            own_reference=key("reference", text_features.normalised_reference(plain_text(report["source_ref"]))),
            references=_keys(key, "reference", text_features.references(text)),
            size=len(written),
            is_separate=text_features.says_separate(text),
            is_again=text_features.says_reported_before(text),
            is_sensitive=len(written_text) > WHOLE or bool(self._sensitive.search(whole)),
            own_spot=location.own_spot,
            postcode_spot=location.postcode_spot,
            postcode=postcode_keys(report.get("postcode"), key),
            **occurred(report, self.zone),
            local_h=local_h,
            text_spots=location.text_spots,
            caller_names=keys_of_name(report["caller_name"], key),
            subject_names=keys_of_name(report["subject_name"], key),
            wording=wording_of(
                text,
                text_of(report["category_text"])[:_MOST_KIND],
                text_of(report.get("place_text"))[:_MOST_KIND],
                local_h,
                key,
            ),
        )


def _keys(key: Key, domain: str, values: Sequence[str]) -> tuple[int, ...]:
    return tuple(sorted({key(domain, value) for value in values}))


def _phrases(key: Key, written: Sequence[str]) -> tuple[int, ...]:
    """Keys of every three words in a row: a text sent again shares most of them, whatever was added."""
    keys = [key("word", token) for token in written[:_MOST_WORDS]]
    return tuple(
        sorted({(a * 3 + b * 5 + c * 7) % _PHRASES for a, b, c in zip(keys, keys[1:], keys[2:], strict=False)})
    )


def _hours(moment: datetime) -> float:
    return round(moment.timestamp() / _HOUR_S, 4)
