"""What a partner's wording of a place says: known names with the town, other words, house numbers."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from tasking.model.text import folded
from tasking.places.gazetteer import Gazetteer, NameMatch, Town
from tasking.places.names import words_of

_MOST_PLACE: Final = 500  # characters read of a place's wording
_MOST_NUMBERS: Final = 20
_NEAR_WORDS: Final = frozenset(
    "near nr opp opposite rear behind off by close outside between junction adj back".split()
)
_STREET_KINDS: Final = frozenset(
    "road street avenue lane close drive gardens crescent way hill terrace rise grove walk mews".split()
)
_NO_PLACE: Final = _NEAR_WORDS | frozenset(
    "the and with from into over under along our your their main car bus end half top bottom old new former ex area "
    "his her two both back front side public dual".split()
)


_NUMBER = re.compile(
    r"\b(?:(?P<flat>flat|apt|apartment|unit|no|nos|number)\.? ?)?(?P<number>\d{1,4}[a-z]?)(?!\w| ?- ?\d| ?m\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class PlaceText:
    """A place's wording, parsed.

    `matches`: names of the gazetteer; `names`: these, and what looks like a street's name and is none of ours ("farm
    lane"); `other_words`: what else it says ("shelter"); `house_numbers`: of houses and flats; `is_near`: it says
    "near", "opposite" and the like.
    """

    matches: tuple[NameMatch, ...] = ()
    town: Town | None = None
    other_words: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    house_numbers: tuple[str, ...] = ()
    is_near: bool = False

    @property
    def is_on_street(self) -> bool:
        """True where it names one or more streets, and nothing else."""
        streets = [one.named.is_street for one in self.matches] + [True] * (len(self.names) - len(self.matches))
        return bool(streets) and all(streets) and not self.is_near


def parse_place(gazetteer: Gazetteer, text: object) -> PlaceText:
    """The parsed wording; empty where `text` is no text."""
    if not isinstance(text, str):
        return PlaceText()
    text = folded(text, _MOST_PLACE)
    words = words_of(text)
    matches = tuple(gazetteer.find_names(words))
    used = {index for one in matches for index in range(one.start, one.end)}
    town = gazetteer.find_town(["" if index in used else word for index, word in enumerate(words)])
    if town is not None:
        matches += tuple(_of_the_town(gazetteer, town, words, used))
        used = {index for one in matches for index in range(one.start, one.end)}
    town_words = set(words_of(town.name)) if town else set()
    left = [w for i, w in enumerate(words) if i not in used and w not in town_words]
    return PlaceText(
        matches=matches,
        town=town,
        other_words=tuple(w for w in left if not w[0].isdigit() and len(w) > 2 and w not in _NO_PLACE),
        names=tuple(dict.fromkeys([one.named.name for one in matches] + _unknown_names(words, used))),
        house_numbers=house_numbers(text),
        is_near=bool(_NEAR_WORDS & set(words)),
    )


def _of_the_town(gazetteer: Gazetteer, town: Town, words: Sequence[str], used: set[int]) -> Iterator[NameMatch]:
    """A place named after its town: `the station forecourt, Sevenoaks` is at Sevenoaks station."""
    of_town = tuple(words_of(town.name))
    for at in range(len(words)):
        for end in (at + 2, at + 1):
            if end <= len(words) and not used & set(range(at, end)):
                named = gazetteer.names.get((*of_town, *words[at:end]))
                if named is not None and not named.is_street:
                    yield NameMatch(named, at, end)
                    return


def _unknown_names(words: Sequence[str], used: set[int]) -> list[str]:
    """Names of streets that the gazetteer does not have: `farm lane`."""
    return [
        f"{words[at - 1]} {words[at]}"
        for at in range(1, len(words))
        if words[at] in _STREET_KINDS
        and not {at, at - 1} & used
        and words[at - 1].isalpha()
        and len(words[at - 1]) > 2
        and words[at - 1] not in _NO_PLACE
        and words[at - 1] not in _STREET_KINDS
    ]


def house_numbers(text: str) -> tuple[str, ...]:
    """House and flat numbers in a place's wording, as written: `flat 6`, `40`."""
    numbers = []
    for match in _NUMBER.finditer(folded(text, _MOST_PLACE)):
        flat = (match["flat"] or "").casefold()
        numbers.append(
            f"flat {match['number'].casefold()}" if flat in ("flat", "apt", "apartment") else match["number"].casefold()
        )
    return tuple(dict.fromkeys(numbers))[:_MOST_NUMBERS]
