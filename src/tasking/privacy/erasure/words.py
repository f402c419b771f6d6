"""The words and figures of a text, folded for comparison, with where each stands in the text as written."""

import re
import unicodedata
from functools import cache
from typing import Final, NamedTuple

_ASCII = re.compile(r"[A-Za-z]+|[0-9]+")
APOSTROPHES: Final = frozenset("'’‘ʼʹ`´′＇ꞌ")
# Letters that have no decomposition, as people without them on the keyboard write them.
_SPELT: Final = {
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ŧ": "t", "ı": "i", "ĸ": "k",
    "ŋ": "n", "ə": "e",
}  # fmt: skip
# Arabic and Hebrew write vowels as marks, or not at all: marks go. The Arabic stretch is a letter to Unicode.
_STRETCH: Final = "\u0640"
_UNSPACED: Final = (
    "HIRAGANA", "KATAKANA", "CJK UNIFIED", "CJK COMPATIBILITY", "THAI", "LAO", "KHMER", "MYANMAR",
)  # fmt: skip


class Word(NamedTuple):
    """A run of letters or of figures. `key`: without case, accents and invisible marks; figures as 0 to 9.

    `gap`: what stands between it and the word before it; "" where only an invisible mark parts them, or nothing but
    the change from letters to figures.
    """

    key: str
    start: int
    end: int
    gap: str

    @property
    def is_number(self) -> bool:
        return self.key.isdigit()


def words_in(text: str) -> list[Word]:
    """The words of a text in their order. `O’Brien` is two, with an apostrophe as the gap."""
    return _ascii_words(text) if text.isascii() else _any_words(text)


def key_of(text: str) -> str:
    """A text's letters and figures in one: `O’Brien` and `OBRIEN` are `obrien`."""
    return "".join(word.key for word in words_in(text))


def is_unspaced(key: str) -> bool:
    """Whether a word is of a script that is written without spaces, such as Chinese."""
    return bool(key) and all(_is_unspaced(char) for char in key)


def _ascii_words(text: str) -> list[Word]:
    words, end = [], 0
    for match in _ASCII.finditer(text):
        words.append(Word(match[0].lower(), match.start(), match.end(), text[end : match.start()]))
        end = match.end()
    return words


def _any_words(text: str) -> list[Word]:
    words: list[Word] = []
    key, start, end, last = "", 0, 0, 0
    kind = ""
    for position, char in enumerate(text):
        what, letters = _char(char)
        if what == "mark" or (what == "hidden" and not key):
            end = position + 1 if key else end
            continue
        if key and (what != kind or what == "hidden"):
            words.append(Word(key, start, end, _shown(text[last:start])))
            key, last = "", end
        if what in ("letter", "figure"):
            if not key:
                start, kind = position, what
            key, end = key + letters, position + 1
    if key:
        words.append(Word(key, start, end, _shown(text[last:start])))
    return words


def _shown(gap: str) -> str:
    return "".join(char for char in gap if _char(char)[0] not in ("hidden", "mark"))


@cache
def _char(char: str) -> tuple[str, str]:
    """(letter, figure, mark, hidden or other; its key)."""
    category = unicodedata.category(char)
    if category == "Cf" or char in "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0" or "\ufe00" <= char <= "\ufe0f":
        return "hidden", ""
    if category[0] == "M" or char == _STRETCH:
        return "mark", ""
    if category in ("Nd", "No"):
        figure = unicodedata.digit(char, None)
        return ("other", "") if figure is None else ("figure", str(figure))
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    key = "".join(_SPELT.get(one, one) for one in plain if unicodedata.category(one)[0] == "L" and one != _STRETCH)
    if category[0] == "L" and key:
        return "letter", key
    return "other", ""


@cache
def _is_unspaced(char: str) -> bool:
    return unicodedata.name(char, "").startswith(_UNSPACED)
