"""Text that anybody may have written, made safe to store (`clean`) and to compare (`fold`)."""

import re
import unicodedata
from typing import Final

FOLD_LIMIT: Final = 5_000  # characters of a text that are compared; no pattern sees more
WHOLE: Final = 100_000  # characters searched for restricting words; a longer text counts as restricted without a search

# PostgreSQL stores no NUL, and neither database stores half of a surrogate pair.
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff]")
# Marks that show nothing: soft hyphen, zero width, direction (bidi), variation selectors.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
    "\U000e0000-\U000e0fff]"
)
# `re.IGNORECASE` takes these for i, s and k, and `str.casefold` does not turn all of them into one letter.
_ONE_LETTER = str.maketrans({"İ": "I", "ı": "i", "ſ": "s", "\u212a": "K", "\u0307": None})
_SPACES = re.compile(r"\s+")
_LAST_OF_TABLE: Final = "\uffff"
_MOST_MARKS: Final = 8  # that stand on one letter: sorting a long run of them takes the square of its length
_MARK: Final = [char for char in map(chr, range(0x300, 0x20000)) if unicodedata.combining(char)]
# `re` has a table for the first 65,536 code points alone: one class of both takes many times as long.
_MARKS = re.compile(
    f"(?:[{''.join(char for char in _MARK if char <= _LAST_OF_TABLE)}]"
    f"|(?=[^\0-{_LAST_OF_TABLE}])[{''.join(char for char in _MARK if char > _LAST_OF_TABLE)}]){{{_MOST_MARKS + 1},}}"
)


def sentence(words: str) -> str:
    """Words as a sentence: with a capital letter, and one full stop at the end."""
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def clean(text: str) -> str:
    """The text as written, without what can't be stored: control characters go, half an emoji is U+FFFD."""
    if text.isascii() and text.isprintable():
        return text
    return _CONTROL.sub("", _NOT_STORABLE.sub(lambda match: "" if match[0] == "\x00" else "\ufffd", text))


def is_clean(text: str) -> bool:
    """Whether there is nothing in a text that `clean` takes out."""
    kinds = "".join(set(text))  # far fewer than the characters
    return not _NOT_STORABLE.search(kinds) and not _CONTROL.search(kinds) and "\ufdd0" not in kinds


def fold(text: str, limit: int = FOLD_LIMIT) -> str:
    """The text as patterns see it: NFKC, one i, s and k, no invisible marks, single spaces, `limit` characters at most.

    What `re.IGNORECASE` matches in it, `str.casefold` maps to the same letters.
    """
    text = text[: 2 * limit]  # NFKC can make 18 characters of one
    if not text.isascii():
        text = _MARKS.sub(lambda match: match[0][:_MOST_MARKS], _INVISIBLE.sub("", clean(text)))
        text = unicodedata.normalize("NFKC", text)[: 2 * limit].translate(_ONE_LETTER)
        # Again, because NFKC makes invisible fillers of others that it maps to them.
        text = unicodedata.normalize("NFC", clean(_INVISIBLE.sub("", text)))
    return _SPACES.sub(" ", clean(text)).strip()[:limit]


class Folded(str):
    """Text that `fold` has been through."""

    __slots__ = ()


def folded(text: str, limit: int = FOLD_LIMIT) -> Folded:
    """The text folded by `fold`; a text that is Folded already is returned as it is."""
    return text if isinstance(text, Folded) and len(text) <= limit else Folded(fold(text, limit))
