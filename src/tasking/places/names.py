"""Words of a place's name, in one spelling: `ST MARY'S RD` and `St Marys Road` are the same four words."""

import re

from tasking.model.text import folded

_WORD = re.compile(r"[a-z0-9]+")
_APOSTROPHES = str.maketrans("", "", "'’‘`")
SHORT_FORMS = {
    "rd": "road", "st": "street", "ave": "avenue", "av": "avenue", "ln": "lane", "cl": "close", "dr": "drive",
    "gdns": "gardens", "cres": "crescent", "rec": "recreation", "sq": "square", "ct": "court", "pk": "park",
    "stn": "station", "grd": "ground", "lks": "lakes",
}  # fmt: skip


def words_of(text: str) -> list[str]:
    """The words of a name: lower case, without apostrophes, usual short forms written out.

    `st` before the name of a saint is "saint" (`St Marys Road`), else "street".
    """
    words = _WORD.findall(folded(text).casefold().translate(_APOSTROPHES))
    return ["saint" if _is_saint(words, index) else SHORT_FORMS.get(word, word) for index, word in enumerate(words)]


def _is_saint(words: list[str], index: int) -> bool:
    """True for `St Marys Road`, not for `High St Sevenoaks`: a name of _SAINTS follows, with or without an s."""
    if words[index] != "st" or index + 1 >= len(words):
        return False
    after = words[index + 1]
    return after in _SAINTS or (after.endswith("s") and after[:-1] in _SAINTS)


_SAINTS = frozenset(
    "andrew anne ann bartholomew botolph catherine clement david dunstan edith edmund george giles james john joseph "
    "katherine lawrence leonard luke margaret mark martin mary matthew michael nicholas paul peter stephen thomas"
    .split()
)  # fmt: skip
