"""Features of a text: registration marks, sums of money, how many people, house numbers, references to other reports.

Each function takes any text. Repeats in the patterns are bounded, so that the time is linear in the length of the text.
"""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final, NamedTuple

from tasking.model.text import folded

_MOST: Final = 20  # items of one kind that are taken from a text

_PLATE = re.compile(r"\b([A-Z]{2}\d{2})\s?([A-Z]{3})\b")
_PART_PLATE = re.compile(r"\b([A-Z]{2}\d{2})\b(?!\s?[A-Z]{3}\b)")
_MONEY = re.compile(
    r"£\s?(\d[\d,]{0,12})(?!\d)(?:\.\d\d)?(k)?"
    r"|\bval(?:ue)?\s(?:tbc\s)?£?(\d[\d,]{0,12})(k)?\b"
    r"|\b(\d[\d,]{2,12})(k)?\s(?:pounds|quid|cash)\b",
    re.IGNORECASE,
)
_WORD_MONEY = re.compile(
    r"\b((?:(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|"
    r"twenty|thirty|forty|fifty|a|and|hundred|thousand)[ -]){1,12})"
    r"(?:pounds|quid)\b",
    re.IGNORECASE,
)
_SMALL: Final = {word: number for number, word in enumerate(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty".split())} | {"thirty": 30, "forty": 40, "fifty": 50, "single": 1, "couple": 2,
                                            "pair": 2, "dozen": 12, "handful": 5}  # fmt: skip
_NUMBER_WORD = r"(?:\d{1,3}|" + "|".join(_SMALL) + r")"
_WHO = (
    r"(?:youths?|males?|females?|boys?|girls?|lads?|men|women|persons?|people|kids|children|teen(?:ager)?s?|yps?|juveniles?"
    r"|youngsters|drinkers|bikes?|quads?|scramblers?|riders?|caravans|vehicles|cars|vans"
    r"|dogs?|blokes?|fellows|(?<=x )[mf])"
)
_COUNT = re.compile(
    rf"\b({_NUMBER_WORD})(?!\sof\sthe)(?:\s?(?:-|to|or|/)\s?({_NUMBER_WORD}))?"
    rf"\+?\s?(?:x\s|of\s)?(?:\w{{1,30}}[ -]){{0,2}}?{_WHO}\b",
    re.IGNORECASE,
)
_SEPARATE = re.compile(
    r"\bseparate(?:ly)?\b|\bdifferent (?:spot|matter|place|one|incident|address)\b|entirely different"
    r"|\bnot (?:the same|related|connected|linked)\b|\bnothing to do with\b|\bno connection\b"
    r"|\bunrelated to\b|\banother one\b"
    r"|\bsecond (?:report|incident) (?:this|today|in)\b|\bthis time\b|\bdifferent (?:crowd|lot)\b"
    r"|\banother (?:load|heap|lot|group|gang)\b|\bnot the (?:other|earlier|first)\b|\bnew (?:one|heap|incident)\b",
    re.IGNORECASE,
)
_AGAIN = re.compile(
    r"\b(?:sending|sent|doing|reporting|submitting|filling)\b[^.]{0,20}\bagain\b"
    r"|\bas per my (?:call|e-?mail|message|report)\b"
    r"|\bamended\b|\bupdated?\s?:|\bupdate\b:?|\badded \d"
    r"|\bdid not (?:receive|get) a (?:confirmation|reply|reference)\b"
    r"|\bfurther to my\b|\bfollowing my (?:call|e-?mail|message|report)\b"
    r"|\bresubmit|\bduplicate\b|\b(?:i|we) (?:rang|called|phoned) (?:earlier|you)\b"
    r"|\bps\b|\bcorrection\b|\bin case (?:it|the first|you)\b"
    r"|\bforgot to (?:say|add|mention|put)\b|\bas (?:i )?(?:said|reported|mentioned) (?:earlier|before|already)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"(?<!\w)[A-Z0-9]+(?:[/-][A-Z0-9]+)*", re.IGNORECASE)
_IN_A_REFERENCE = re.compile(r"\d{3}")
_PLAIN_REFERENCE = re.compile(r"[A-Z]{3}\d{5,40}", re.IGNORECASE)
_LONGEST_REFERENCE: Final = 60

_HOUSE = re.compile(
    r"\b(?:no|nos|number|numbers|house|door|outside|o/s)\.?\s?(\d{1,3}[a-z]?)\b(?:\s?(?:and|&|,)\s?(\d{1,3})\b)?"
    r"|\((\d{1,3}[a-z]?)\)"
    r"|\b(\d{1,3}[a-z]?)\s(?:[A-Z][A-Za-z'’]{1,30}\s){1,3}(?:Road|Rd|Street|Lane|Avenue|Ave|Close|Drive|Way|Gardens|Crescent|Court|ROAD|RD|ST|AVE|CL)\b"
    r"|\b(flat\s\d{1,3}[a-z]?)\b",
    re.IGNORECASE,
)


_MOST_MONEY: Final = 100_000_000


class Count(NamedTuple):
    """How many people, bikes or vehicles a text mentions: between `low` and `high`."""

    low: int
    high: int


def plates(text: str, postcode_areas: frozenset[str] = frozenset()) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Registration marks in full, and first halves where a text gives no more: `GN58 IQD`, `GN16`.

    What begins like a postcode of the district (`TN13`) is no half of a mark.
    """
    upper = folded(text).upper()
    full = _first(f"{first} {last}" for first, last in _PLATE.findall(upper))
    known = {plate[:4] for plate in full}
    halves = (half for half in _PART_PLATE.findall(upper) if half[:2] not in postcode_areas)
    return full, _first(half for half in halves if half not in known)


def _first(found: Iterable[str]) -> tuple[str, ...]:
    """The first few, each once."""
    return tuple(islice(dict.fromkeys(found), _MOST))


def masked_plates(plate: str) -> list[str]:
    """The mark with each character masked in turn: two marks that share one differ in a character at most."""
    packed = plate.replace(" ", "")
    return [packed[:at] + "?" + packed[at + 1 :] for at in range(len(packed))]


def sums_of_money(text: str) -> tuple[int, ...]:
    """Sums of money from 20 pounds up: `£2,400`, `VAL 310`, `two thousand four hundred pounds`."""
    text, found = folded(text), []
    for match in _MONEY.finditer(text):
        digits = match[1] or match[3] or match[5]
        is_thousands = bool(match[2] or match[4] or match[6])
        found.append(int(digits.replace(",", "")) * (1000 if is_thousands else 1))
    found += [_spelt(match[1]) for match in _WORD_MONEY.finditer(text)]
    return tuple(sorted({value for value in found if 20 <= value <= _MOST_MONEY})[:_MOST])


def _spelt(words: str) -> int:
    total = current = 0
    for word in words.casefold().replace("-", " ").split():
        if word == "hundred":
            current = max(current, 1) * 100
        elif word == "thousand":
            total, current = total + max(current, 1) * 1000, 0
        elif word in _SMALL:
            current += _SMALL[word]
    return total + current


def count(text: str) -> Count | None:
    """The first number of people or vehicles: `five lads`, `15-20 YOUTHS`, `2 X F`; None where there is none."""
    match = _COUNT.search(folded(text))
    if match is None:
        return None
    low = _small(match[1])
    high = _small(match[2]) if match[2] else low
    return Count(min(low, high), max(low, high)) if 0 < max(low, high) <= 500 else None


def _small(word: str) -> int:
    return int(word) if word.isdigit() else _SMALL[word.casefold()]


def house_numbers(text: str) -> tuple[str, ...]:
    """House and flat numbers in a text: `no 16`, `next door (41)`, `40 St Marys Rd`."""
    found = (part for match in _HOUSE.findall(folded(text)) for part in match if part)
    return _first(number.casefold() for number in found)


def says_separate(text: str) -> bool:
    """True where a text says that it is about another matter: "separate to earlier job"."""
    return bool(_SEPARATE.search(folded(text)))


def says_reported_before(text: str) -> bool:
    """True where a text says that it was reported before: "as per my call this morning", "AMENDED ENTRY"."""
    return bool(_AGAIN.search(folded(text)))


def references(text: str) -> tuple[str, ...]:
    """References of reports in a text, in one spelling: `SDC-700012` and `sdc 700012` are `sdc700012`."""
    return _first(normalised_reference(word) for word in _WORD.findall(folded(text)) if _is_reference(word))


def _is_reference(word: str) -> bool:
    """True for `14-0231` and `SDC/7001` and `ABC70012`; not for `self-harm` or `24/7`."""
    if len(word) > _LONGEST_REFERENCE:
        return False
    if "-" in word or "/" in word:
        return bool(_IN_A_REFERENCE.search(word))
    return bool(_PLAIN_REFERENCE.fullmatch(word))


def normalised_reference(reference: str) -> str:
    """A reference in one spelling; "" where it has no ASCII letter or digit."""
    return re.sub(r"[^a-z0-9]", "", folded(reference).casefold())
