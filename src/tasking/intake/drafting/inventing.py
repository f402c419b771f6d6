"""Replaces what is personal in the cells of a sample: the same cell becomes the same invented cell everywhere."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from tasking.config.categories import is_odd
from tasking.config.feed import Feed
from tasking.config.feed_columns import columns_of
from tasking.intake.blank_cells import is_blank
from tasking.intake.contacts import addresses_in, numbers_in
from tasking.intake.drafting.column import NO, YES, words_of
from tasking.intake.drafting.invented import DOMAIN, FIRST_NAMES, PLACE_WORDS, SURNAMES, drama_number, sentences
from tasking.intake.drafting.references import Renumbered
from tasking.intake.drafting.written_times import EXCEL, clock_format, read_written
from tasking.intake.postcodes import postcodes_in
from tasking.model.text import fold

_WORD: Final = re.compile(r"[^\W\d_][\w'’]*")
_TITLES: Final = frozenset("mr mrs ms miss mx dr rev cllr sir lady prof".split())
_ROAD_NUMBER: Final = re.compile(r"[ABM]\d{1,4}(?:\(M\))?", re.IGNORECASE)
_IN_PLACES: Final = frozenset(
    "flat flats house block near by of the at on in opposite outside behind corner junction jct between and to from "
    "road rd street st lane ln close cl avenue ave way drive dr hill green park car church school station stn "
    "bridge shops shop parade estate rear front side entrance path alley alleyway underpass junc roundabout end "
    "north south east west upper lower old new centre center town village square sq court ct gardens gdns grove "
    "crescent cres place pl terrace mews common recreation ground rec field woods wood lake lakes river".split()
)
_IN_TITLES: Final = frozenset(
    "total totals grand sub subtotal rows row affected page of report reports date printed extract case cases "
    "confidential official sensitive restricted generated end record records count asb daily weekly log incidents "
    "incident list export number no sep run from to for the and by on at sheet form data period day".split()
)
_COARSE_M: Final = 2  # digits of a grid reference in metres that are taken away: 100 m
_COARSE_DEGREES: Final = 3  # decimals of degrees that are left, about 100 m
_LIKE_A_POSTCODE: Final = re.compile(r"[A-Z]{1,2}\d[A-Z\d]?(?:[ .-]?[A-Z\d]{3})?", re.IGNORECASE)
_LONG: Final = 30  # characters of a code; longer ones are text


@dataclass
class Inventor:
    """Invents cells by what the declaration says of their columns.

    `people`: words of names in the sample, which are kept nowhere. `place_words`: words of public places, in lower
    case. `knows`: whether a word is a kind of report. `common`: whether a word is ordinary English.
    """

    feed: Feed
    people: frozenset[str]
    place_words: frozenset[str]
    knows: Callable[[str], bool]
    common: Callable[[str], bool]
    references: Renumbered
    _kinds: dict[str, str] = field(init=False)
    _made: dict[tuple[str, str], str] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._kinds = kinds_of(self.feed)

    def cell(self, column: str | None, text: str) -> str:
        """A cell without what is personal; None for a cell of which it is not known what it is."""
        kind = self._kinds.get(column or "", "other")
        if not text.strip() or (is_blank(text) and not re.search(r"\d", text)):
            return text
        key = kind, text.casefold()
        if key not in self._made:
            self._made[key] = getattr(self, f"_{kind}")(text, words_of(column or ""))
        made = self._made[key]
        return made.upper() if kind in ("name", "text", "place") and text.isupper() else made

    def heading(self, text: str) -> str:
        """A title line, total or footer: the words that such lines have stay, all others are made unreadable."""
        own = {word for one in (self.feed.partner, *self.feed.file.ignored_rows) for word in _words(one)}
        keep = (own | _IN_TITLES) - (self.people - _IN_TITLES)
        return "".join(
            part
            if part.casefold() in keep or read_written(part) or (part.isdigit() and len(part) < 5)
            else masked(part)
            for part in re.split(r"([^\W_]+(?:[/:.-]\d+)*)", text)
        )

    def _number(self, kind: str) -> int:
        self._counts[kind] = self._counts.get(kind, -1) + 1
        return self._counts[kind]

    def _reference(self, text: str, _column: str) -> str:
        return self.references.of(text) or masked(text)

    def _time(self, text: str, _column: str) -> str:
        return text if read_written(text) or clock_format(text) else masked(text)

    def _category(self, text: str, _column: str) -> str:
        is_safe = not is_odd(text) and len(text.split()) <= 8 and not self._names_somebody(text)
        return text if is_safe or (self.knows(text) and not is_odd(text)) else masked(text)

    def _code(self, text: str, _column: str) -> str:
        is_safe = len(text) <= _LONG and not self._names_somebody(text) and not numbers_in(text) and "@" not in text
        return text if is_safe else masked(text)

    def _postcode(self, text: str, _column: str) -> str:
        found = postcodes_in(text)
        if _LIKE_A_POSTCODE.fullmatch(text.strip()):
            return text
        return found[0] if found else masked(text)

    def _position(self, text: str, _column: str) -> str:
        return re.sub(r"\d+(?:\.\d+)?", lambda match: _coarse(match[0]), text)

    def _name(self, text: str, column: str) -> str:
        parts = text.replace(",", " ").split()
        title = parts[0] + " " if len(parts) > 1 and parts[0].strip(".").casefold() in _TITLES else ""
        number = self._number("name")
        first = FIRST_NAMES[number % len(FIRST_NAMES)]
        last = SURNAMES[(number * 7 + number // len(FIRST_NAMES)) % len(SURNAMES)]
        if len(parts) - bool(title) > 1:
            return f"{title}{first} {last}"
        return title + (first if re.search(r"\b(?:first|fore|given)", column) else last)

    def _phone(self, text: str, _column: str) -> str:
        if addresses_in(text) or "@" in text:
            return self._email(text, _column)
        digits = drama_number(self._number("phone"))
        written = re.findall(r"\d", text)
        if re.search(r"[^\W\d_]", text) or len(written) not in (10, 11):
            return f"{digits[:5]} {digits[5:]}"
        left = iter(digits[-len(written) :])
        return re.sub(r"\d", lambda _match: next(left), text)

    def _email(self, text: str, _column: str) -> str:
        if "@" not in text and numbers_in(text):
            return self._phone(text, _column)
        number = self._number("email")
        return f"{FIRST_NAMES[number % len(FIRST_NAMES)].lower()}{number + 1}@{DOMAIN}"

    def _birth(self, text: str, _column: str) -> str:
        number = self._number("birth")
        day = date(1950 + number * 7 % 50, 1 + number % 12, 1 + number * 5 % 28)
        written = read_written(text)
        if written is None or written.template == EXCEL:
            return str(20_000 + number * 37) if written else masked(text)
        if written.template == "iso8601":
            return day.isoformat() + text[len("2026-10-21") :]
        declared = self.feed.fields.subject_born_on
        forms = declared.formats if declared else []
        form = next((one for one in forms if _fits(text, one)), written.format("day_first"))
        return day.strftime(form)

    def _text(self, text: str, _column: str) -> str:
        return sentences(self._number("text"), len(text))

    def _place(self, text: str, _column: str) -> str:
        postcodes = postcodes_in(text)
        has_title = any(word in _TITLES for word in _words_of_text(text))

        def kept(match: re.Match[str]) -> str:
            word = match[0]
            if _ROAD_NUMBER.fullmatch(word) or any(word.upper() in one.split() for one in postcodes):
                return word
            if word[0].isdigit():
                return re.sub(r"\d+", lambda one: self._house_number(one[0]), word)
            low = word.casefold()
            if low in _IN_PLACES or (low in self.place_words and low not in self.people and not has_title):
                return word
            known = self._made.setdefault(("place word", low), PLACE_WORDS[self._number("place") % len(PLACE_WORDS)])
            return known.upper() if word.isupper() and len(word) > 1 else known if word[0].isupper() else known.lower()

        return re.sub(r"\d[\w]*|[^\W\d_][\w'’]*", kept, text)

    def _house_number(self, number: str) -> str:
        return str(1 + (self._number("house") * 7) % 9) + "".join(str((int(one) + 3) % 10) for one in number[1:])

    def _photo(self, text: str, _column: str) -> str:
        return re.sub(r"(https?://[^/\s\"]+)/[^\s\"]*", rf"\1/{self._number('photo') + 1}.jpg", text)

    def _other(self, text: str, _column: str) -> str:
        """A cell that is not read: only what can't be anybody's stays as it is."""
        low = text.strip().casefold()
        if low in YES | NO or read_written(text) or clock_format(text):
            return text
        if (
            text.islower()
            and len(text) <= _LONG
            and not self._names_somebody(text)
            and all(map(self.common, _words(text)))
        ):
            return text if not re.search(r"\d", text) else masked(text)
        return masked(text)

    def _names_somebody(self, text: str) -> bool:
        return any(word in self.people for word in _words(text))


def kinds_of(feed: Feed) -> dict[str, str]:
    """What each column holds, by what the declaration reads it as; of several, what is more personal."""
    fields = feed.fields
    kinds: dict[str, str] = {}
    for kind, values in (
        ("time", (fields.received_at, fields.occurred_from, fields.occurred_to)),
        ("code", (fields.priority, fields.is_anonymous, fields.wants_feedback, fields.is_vulnerable)),
        ("code", (fields.sensitivity,)),
        ("text", (fields.text,)), ("postcode", (fields.postcode,)), ("place", (fields.place,)),
        ("position", (fields.position,)), ("email", (fields.caller_email,)), ("phone", (fields.caller_phone,)),
        ("category", (fields.category,)), ("birth", (fields.subject_born_on,)),
        ("name", (fields.caller_name, fields.subject_name)), ("reference", (fields.source_ref,)),
    ):  # fmt: skip
        for value in values:
            kinds |= dict.fromkeys(columns_of(value), kind)
    if feed.photos:
        kinds.setdefault(feed.photos.column, "photo")
    return kinds


def masked(text: str) -> str:
    """The shape of a text: x for each letter, 1 for each digit; signs and spaces stay."""
    return "".join(
        ("X" if char.isupper() else "x") if char.isalpha() else "1" if char.isnumeric() else char for char in text
    )


def people_in(cells: Iterable[str]) -> frozenset[str]:
    """The words of names, in lower case, without initials and titles."""
    return frozenset(word for one in cells for word in _words(one) if len(word) > 2) - _TITLES


def _words(text: str) -> list[str]:
    return [word.removesuffix("'s").removesuffix("’s") for word in _words_of_text(text)]


def _words_of_text(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(fold(text))]


def _coarse(number: str) -> str:
    """A number of a position, about 100 m coarser and as long."""
    whole, point, part = number.partition(".")
    if len(whole) >= 4:
        return whole[:-_COARSE_M] + "50" + (point + "0" * len(part))
    return whole + point + part[:_COARSE_DEGREES] + "0" * (len(part) - _COARSE_DEGREES)


def _fits(text: str, form: str) -> bool:
    try:
        datetime.strptime(text, form)  # noqa: DTZ007 - a calendar day
    except ValueError:
        return False
    return True
