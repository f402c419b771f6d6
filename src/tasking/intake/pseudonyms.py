"""Keyed pseudonyms, by which two reports of one caller are matched without storing who called."""

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final

import pandas as pd

from tasking.intake.blank_cells import has_value
from tasking.model.text import fold

ERASED_KEY: Final = "e0:"  # in place of a key's id: an erased caller, who still counts as one complainant


@dataclass(frozen=True)
class Pseudonyms:
    """HMAC-SHA-256 over a normalised value with a domain tag, written `<key id>:<32 hex digits>`.

    A plain hash of a telephone number can be reversed in minutes; this one can't without the key.
    """

    key_id: str
    key: bytes

    def for_partnership(self, name: str) -> "Pseudonyms":
        """Pseudonyms under a key derived for one partnership, so that those of two partnerships can't be compared."""
        own = hmac.new(self.key, f"partnership\x1f{name}".encode(), hashlib.sha256).digest()
        return Pseudonyms(self.key_id, own)

    def key_for(self, purpose: str) -> bytes:
        """A key derived for another purpose, such as signing links: neither can be computed from the other's values."""
        return hmac.new(self.key, f"key\x1f{purpose}".encode(), hashlib.sha256).digest()

    def for_column(self, domain: str, values: pd.Series) -> pd.Series:
        known = {value: self.for_value(domain, value) for value in values.dropna().unique()}
        return values.map(known).astype("str")

    def for_value(self, domain: str, value: str) -> str:
        digest = hmac.new(self.key, f"{domain}\x1f{value}".encode(), hashlib.sha256).hexdigest()
        return f"{self.key_id}:{digest[:32]}"


# A name of these words alone identifies nobody.
_ANYBODY = frozenset(
    "unknown unk not known given stated no name names anon anonymous male female man woman boy girl lady gentleman "
    "youth youths adult juvenile child elderly young person people resident tenant occupier neighbour neighbor caller "
    "the a an of and or as above both same previous below see log declined refused to give withheld police officer "
    "officers pc staff various multiple many several two three persons parties party other others".split()
)


def name_keys(names: pd.Series) -> pd.Series:
    """Names in the form from which pseudonyms are made, without differences of spacing, case or Unicode form.

    Words that identify nobody (`N/A`, `Unknown male`) are null, because they would make strangers one person.
    """
    known = {name: fold(name).casefold() for name in names[has_value(names)].unique()}
    somebody = {name: key for name, key in known.items() if not _ANYBODY.issuperset(re.findall(r"[^\W\d_]+", key))}
    return names.map(somebody).astype("str")
