"""What the search after an erasure looks for: full names, telephone numbers and e-mail addresses, in any spelling.

It shares nothing with the code that erased them, so that a fault there is found here.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

_SPECIAL: Final = str.maketrans({
    "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ð": "d", "Ð": "d", "þ": "th", "Þ": "th", "æ": "ae",
    "Æ": "ae", "œ": "oe", "Œ": "oe", "ħ": "h", "ŧ": "t", "ı": "i", "İ": "i",
})  # fmt: skip
_SPELT_OUT: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_TITLES: Final = frozenset("mr mrs ms miss mx dr rev revd sir dame lady lord cllr prof".split())
_AFTER_NAMES: Final = frozenset("obe mbe cbe jr snr esq".split())
_BEFORE_SURNAMES: Final = frozenset(
    "van von der den de del di da dos du la le ter ten zu bin ibn ben bint abu al el ni nic ui o mac mc st".split()
)
_FIRST_UNSPACED: Final = 0x2E80  # the first code point of the East Asian scripts
_QUOTES = re.compile("['’‘ʼʹ`´′＇]")
_NOT_LETTERS = re.compile(r"[\W_]+")
_INNER_CAPITAL = re.compile("(?<=[a-zß-öø-ÿа-яё])(?=[A-ZÀ-ÖØ-ÞА-ЯЁİŁŻ])")
_AT = re.compile(r"\s?@\s?")
_LAST_OF_TABLE: Final = "\uffff"
_EVERY: Final = [chr(code) for code in range(0x80, 0x30000)]
_MARK: Final = [char for char in _EVERY if unicodedata.category(char) in ("Mn", "Mc", "Me", "Cf")]
# `re` has a table for the first 65,536 code points alone: one class of both takes 60 times as long.
_MARKS = re.compile(
    f"[{''.join(char for char in _MARK if char <= _LAST_OF_TABLE)}]"
    f"|(?=[^\0-{_LAST_OF_TABLE}])[{''.join(char for char in _MARK if char > _LAST_OF_TABLE)}]"
)
_DIGITS: Final = {ord(char): str(unicodedata.digit(char)) for char in _EVERY if char.isdecimal()}
_RUNS = re.compile("[^\x00-\x08\x0e-\x1f\ufffd]{4,}")
_SEPARATOR: Final = "\nxqx\n"  # between two runs, so that no name spans both
_ESCAPED_SPACE = re.compile(r"\\[nrt]")


@dataclass(frozen=True)
class SearchTerms:
    """What must not be found any more: full names as written, telephone numbers as `+44...`, e-mail addresses."""

    names: tuple[str, ...]
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()

    def kinds_in(self, text: str, *, is_raw: bool = False) -> set[str]:
        """Which of name, telephone and e-mail a text contains.

        `is_raw`: the text is decoded from a database's bytes, in which values follow each other without a separator.
        """
        found = set()
        if self._has_name(text, is_raw=is_raw):
            found.add("name")
        if self._digits:
            figures = _figures(text)
            pattern = self._phones_anywhere if is_raw else self._whole_phones
            if pattern.search(figures):
                found.add("telephone")
        if self.emails:
            flat = _AT.sub("@", unicodedata.normalize("NFKC", text).casefold())
            ways = [flat, _ESCAPED_SPACE.sub(" ", flat)] if "\\" in flat else [flat]
            if any((self._emails_anywhere if is_raw else self._whole_emails).search(one) for one in ways):
                found.add("e-mail")
        return found

    def kinds_in_bytes(self, content: bytes) -> set[str]:
        """Which of name, telephone and e-mail the raw bytes of a database contain."""
        return self.kinds_in_raw(content.decode("utf-8", "replace"))

    def kinds_in_raw(self, text: str) -> set[str]:
        """The same for bytes that are decoded already. Runs of ASCII are searched together, which is faster."""
        runs = _RUNS.findall(text)
        plain, others = [run for run in runs if run.isascii()], [run for run in runs if not run.isascii()]
        return self.kinds_in(_SEPARATOR.join(plain), is_raw=True) | self.kinds_in(_SEPARATOR.join(others), is_raw=True)

    @cached_property
    def _names(self) -> list[tuple[str, str]]:
        """(first name, surname) of each name, in letters only, for each way in which it may be divided."""
        return list(dict.fromkeys(pair for name in self.names for pair in _divided(name)))

    @cached_property
    def _in_words(self) -> re.Pattern[str]:
        """First name and surname in either order, with spaces anywhere inside, and up to two initials between them."""
        ways = []
        for first, last in self._names:
            one, other = " ?".join(map(re.escape, first)), " ?".join(map(re.escape, last))
            ways += [f"{one} (?:[^ ] ){{0,2}}{other}", f"{other} {one}"]
        return re.compile(f"(?<= )(?:{'|'.join(ways)})(?= )")

    @cached_property
    def _digits(self) -> list[str]:
        """A pattern for each number without its country code, with up to four signs between any two digits."""
        own = [phone.removeprefix("+44").removeprefix("+") for phone in self.phones]
        return [r"[^\w\n,;|]{0,4}".join(one) for one in own]

    @cached_property
    def _phones_anywhere(self) -> re.Pattern[str]:
        return re.compile("|".join(self._digits))

    @cached_property
    def _whole_phones(self) -> re.Pattern[str]:
        """Whole numbers: only a country code or a zero before it, and no digit after it."""
        before = r"(?<!\d)(?:(?:00|\+)?44)?[^\w\n]{0,2}0?[^\w\n]{0,2}"
        return re.compile("|".join(f"{before}{one}(?!\\d)" for one in self._digits))

    @cached_property
    def _emails_anywhere(self) -> re.Pattern[str]:
        return re.compile("|".join(re.escape(one.casefold()) for one in self.emails))

    @cached_property
    def _whole_emails(self) -> re.Pattern[str]:
        """Whole addresses: `ann@example.org` is neither `joann@example.org` nor `ann@example.org.uk`."""
        return re.compile(rf"(?<![\w.+%-])(?:{self._emails_anywhere.pattern})(?![\w-]|\.\w)")

    def _has_name(self, text: str, *, is_raw: bool) -> bool:
        # In raw bytes the value before may end in a letter, so a capital after a small letter also begins a word.
        plains = [_plain(text), *([_plain(_INNER_CAPITAL.sub(" ", text))] if is_raw else [])]
        if self._names and any(self._in_words.search(f" {plain} ") for plain in plains):
            return True
        return any(one in plains[0] for one in self._unspaced)

    @cached_property
    def _unspaced(self) -> list[str]:
        """Names in scripts that are written without spaces, which are found inside other words too."""
        return [
            squeezed
            for name in self.names
            if len(squeezed := _plain(name).replace(" ", "")) > 1
            and all(ord(char) > _FIRST_UNSPACED for char in squeezed)
        ]


def _divided(name: str) -> Iterator[tuple[str, str]]:
    """The ways in which a name divides into a first name and a surname, without titles, and with umlauts spelt out.

    A title counts as one only where at least two words follow: Peter Lord has none.
    """
    before, comma, after = name.partition(",")
    for written in dict.fromkeys((name, name.lower().translate(_SPELT_OUT))):
        before, comma, after = written.partition(",")
        order = f"{after} {before}" if comma else written
        words = [word for one in order.split() if (word := _plain(one).replace(" ", ""))]
        while len(words) > 2 and words[0] in _TITLES:
            words = words[1:]
        while len(words) > 2 and words[-1] in _AFTER_NAMES:
            words = words[:-1]
        if len(words) < 2:
            continue
        yield words[0], "".join(words[1:])
        start = len(words) - 1
        while start > 1 and words[start - 1] in _BEFORE_SURNAMES:
            start -= 1
        yield words[0], "".join(words[start:])


def search_terms_of(names: Sequence[str], contacts: Sequence[str]) -> SearchTerms:
    """The search terms for somebody with these names, telephone numbers and e-mail addresses."""
    return SearchTerms(
        tuple(names),
        tuple(sorted(one for one in contacts if "@" not in one)),
        tuple(sorted(one for one in contacts if "@" in one)),
    )


def _plain(text: str) -> str:
    """Letters and figures only, one space between words, without case and accents."""
    return _NOT_LETTERS.sub(" ", _letters(_QUOTES.sub("", text))).strip()


def _letters(text: str) -> str:
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text.translate(_SPECIAL)).casefold())
    return _MARKS.sub("", plain).translate(_SPECIAL)


def _figures(text: str) -> str:
    return text if text.isascii() else _MARKS.sub("", text).translate(_DIGITS)
