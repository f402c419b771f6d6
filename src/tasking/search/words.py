"""Words of a text as the index has them, and the forms in which a word may be written."""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import product
from typing import Final

from tasking.config.lexicon import stem
from tasking.model.text import clean
from tasking.places.names import SHORT_FORMS

MOST_TEXT: Final = 200  # characters of what somebody searches for
_WORD: Final = re.compile(r"[^\W_]+")
_DIACRITICS: Final = re.compile("([A-Za-z])[\u0300-\u036f]+")
_APOSTROPHES: Final = str.maketrans("", "", "'’‘ʼʻ`´")
# Letters that no accent makes, as they are typed on a keyboard that lacks them; Arabic letters as an Urdu keyboard has
# them, without vowel marks.
_TYPED_AS: Final = str.maketrans({
    "ł": "l", "ı": "i", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ß": "ss", "ħ": "h",
    "ي": "ی", "ى": "ی", "ك": "ک", **dict.fromkeys("ًٌٍَُِّْٰـ", ""),
})  # fmt: skip
# The index has these letters as they are written. A language at a time: no name has the letters of two.
_LANGUAGES: Final = (
    (re.compile("(l)"), {"l": "ł"}),
    (re.compile("(i)"), {"i": "ı"}),
    (re.compile("(o|ae)"), {"o": "ø", "ae": "æ"}),
    (re.compile("(d)"), {"d": "đ"}),
    (re.compile("(d|th)"), {"d": "ð", "th": "þ"}),
    (re.compile("(oe)"), {"oe": "œ"}),
    (re.compile("(ss)"), {"ss": "ß"}),
    (re.compile("(h)"), {"h": "ħ"}),
    (re.compile("([یک])"), {"ی": "ي", "ک": "ك"}),
    (re.compile("([یک])"), {"ی": "ى", "ک": "ك"}),
)
_MOST_LETTERS: Final = 4  # of a word that may each be written in two ways: 16 spellings
_ENDINGS: Final = ("", "s", "es", "d", "ed", "e", "ing", "er", "ers", "y", "ies", "ied", "ly")
_SHORTEST: Final = 3  # letters of a word that has other forms
_LETTERS_ONLY: Final = re.compile(r"[a-z]+")
# Street names are written in short and in full. "st" is a street or a saint: a search takes both.
_WRITTEN_OUT: Final = {short: (full,) for short, full in SHORT_FORMS.items()} | {"st": ("street", "saint")}
_IN_SHORT: Final = {full: tuple(one for one, others in _WRITTEN_OUT.items() if full in others)
                    for others in _WRITTEN_OUT.values() for full in others}  # fmt: skip


def flat(text: str) -> str:
    """Lower case, without apostrophes and as it is typed on an English keyboard: `St. John’s` is `st. johns`, `Łódź` is
    `lodz`, and `Işık` is `isik`."""
    if text.isascii():
        return text.translate(_APOSTROPHES).lower()
    apart = unicodedata.normalize("NFKD", clean(text).translate(_APOSTROPHES))
    plain = unicodedata.normalize("NFC", _DIACRITICS.sub(r"\1", apart))
    return plain.translate(_APOSTROPHES).lower().translate(_TYPED_AS)


def words_in(text: str) -> list[str]:
    """The words of a text: runs of letters and digits, flat."""
    return _WORD.findall(flat(text))


@lru_cache(maxsize=10_000)
def forms_of(word: str) -> tuple[str, ...]:
    """A word and its other forms, the word first: `swans` is also `swan`, `rd` also `road`."""
    others = (*_WRITTEN_OUT.get(word, ()), *_IN_SHORT.get(word, ()))
    return tuple(dict.fromkeys((word, *others, *_inflections(word))))


@lru_cache(maxsize=10_000)
def spellings_of(word: str) -> tuple[str, ...]:
    """A flat word as the index may have it, itself first: `lukasz` is also `łukasz`, and `isik` is also `isık`."""
    found = {word: None}
    for pattern, letters in _LANGUAGES:
        parts = pattern.split(word)
        ways: list[tuple[str, ...]] = [(one, letters[one]) for one in parts[1::2]]
        if len(ways) > _MOST_LETTERS:
            ways = [one[1:] for one in ways]
        for chosen in product(*ways):
            parts[1::2] = chosen
            found["".join(parts)] = None
    return tuple(found)


def _inflections(word: str) -> Iterator[str]:
    """The forms of a word that have the same English stem: `burning` has burn, burns, burned."""
    if len(word) < _SHORTEST or _LETTERS_ONLY.fullmatch(word) is None:
        return
    root = stem(word)
    for base in sorted(_bases(word)):
        for ending in _ENDINGS:
            if stem(base + ending) == root:
                yield base + ending


def _bases(word: str) -> set[str]:
    """What may stand before an ending: `stopp` and `stop` of `stopped`."""
    found = {word[: len(word) - len(ending)] for ending in _ENDINGS if word.endswith(ending)}
    found |= {base[:-1] for base in found if base[-2:-1] == base[-1:]}
    return {base for base in found | {base + base[-1:] for base in found} if len(base) >= _SHORTEST}
