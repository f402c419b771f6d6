"""The words and numbers of a text, folded for comparison, with their positions in the text as written."""

import re
import unicodedata
from functools import cache
from typing import Final, NamedTuple

_ASCII = re.compile(r"[A-Za-z]+|[0-9]+")
APOSTROPHES: Final = frozenset("'’‘ʼʹ`´′＇ꞌ")
# Letters without a decomposition, as they are typed on a keyboard that lacks them.
_TYPED_AS: Final = {
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ŧ": "t", "ı": "i", "ĸ": "k",
    "ŋ": "n", "ə": "e",
}  # fmt: skip
# Arabic and Hebrew write vowels as marks or not at all, so marks are dropped; Unicode calls the tatweel a letter.
_TATWEEL: Final = "\u0640"
_UNSPACED: Final = (
    "HIRAGANA", "KATAKANA", "CJK UNIFIED", "CJK COMPATIBILITY", "THAI", "LAO", "KHMER", "MYANMAR",
)  # fmt: skip


class Word(NamedTuple):
    """A run of letters or of digits. `key`: without case, accents and invisible characters; digits as 0 to 9.

    `gap`: what stands between it and the word before it; "" where that is an invisible character, or only the change
    from letters to digits.
    """

    key: str
    start: int
    end: int
    gap: str

    @property
    def is_number(self) -> bool:
        return self.key.isdigit()


def words_in(text: str) -> list[Word]:
    """The words of a text in order. `O’Brien` is two words, with an apostrophe as the gap."""
    return _ascii_words(text) if text.isascii() else _any_words(text)


def key_of(text: str) -> str:
    """The letters and digits of a text as one key: `O’Brien` and `OBRIEN` are `obrien`."""
    return "".join(word.key for word in words_in(text))


def is_unspaced(key: str) -> bool:
    """Whether a word is in a script that is written without spaces, such as Chinese."""
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
    """(letter, figure, mark, hidden or other; the key of the character)."""
    category = unicodedata.category(char)
    if category == "Cf" or char in "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0" or "\ufe00" <= char <= "\ufe0f":
        return "hidden", ""
    if category[0] == "M" or char == _TATWEEL:
        return "mark", ""
    if category in ("Nd", "No"):
        figure = unicodedata.digit(char, None)
        return ("other", "") if figure is None else ("figure", str(figure))
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    key = "".join(_TYPED_AS.get(one, one) for one in plain if unicodedata.category(one)[0] == "L" and one != _TATWEEL)
    if category[0] == "L" and key:
        return "letter", key
    return "other", ""


@cache
def _is_unspaced(char: str) -> bool:
    return unicodedata.name(char, "").startswith(_UNSPACED)
