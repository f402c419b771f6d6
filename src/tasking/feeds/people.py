"""Telephone numbers and e-mail addresses in one form, and keyed pseudonyms: two reports by one caller can be told
without saying who.

A number or an address is found wherever it stands in a cell. What people type into a box that they can't leave empty
(00000000000, 01234567890, none@none.com) is nobody's: it would make strangers one complainant.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import phonenumbers

from tasking.feeds.remarks import CELL_LOOKED_AT, folded, said
from tasking.model.text import fold


@dataclass(frozen=True)
class Pseudonyms:
    """HMAC-SHA-256 over a normalised value with a domain tag, written `<key id>:<32 hex digits>`.

    A plain hash of a phone number is undone in minutes; without the key this one can't be.
    """

    key_id: str
    key: bytes

    def for_partnership(self, name: str) -> "Pseudonyms":
        """Pseudonyms under a key of its own, so that two partnerships' can't be compared."""
        own = hmac.new(self.key, f"partnership\x1f{name}".encode(), hashlib.sha256).digest()
        return Pseudonyms(self.key_id, own)

    def of(self, domain: str, values: pd.Series) -> pd.Series:
        known = {value: self.one(domain, value) for value in values.dropna().unique()}
        return values.map(known).astype("str")

    def one(self, domain: str, value: str) -> str:
        digest = hmac.new(self.key, f"{domain}\x1f{value}".encode(), hashlib.sha256).hexdigest()
        return f"{self.key_id}:{digest[:32]}"


@dataclass(frozen=True)
class Found:
    """What was found in a column of cells.

    `first`: the first value of each that can be used, or null. `has_others`: the cell has another one too, which is
    not kept. `is_unusable`: the cell says something, and nothing in it can be used.
    """

    first: pd.Series
    has_others: pd.Series
    is_unusable: pd.Series

    @classmethod
    def among(cls, text: pd.Series, first: pd.Series, several: pd.Series) -> "Found":
        is_left = first.isna() & text.notna()
        return cls(first, several, is_left & said(text.where(is_left)))


# Telephone numbers.

# Ofcom's ranges for drama are valid for us, so that invented people in samples and tests are somebody.
_DRAMA = re.compile(
    r"7700900\d{3}|1632960\d{3}|(?:113|114|115|116|117|118|121|131|141|151|161|191)4960\d{3}|1914980\d{3}|"
    r"207946\d{4}|2896496\d{3}|2920180\d{3}|808157\d{4}|909879\d{4}|3069990\d{3}"
)
# Ten digits after the 0 or +44, in the blocks that have subscribers; what else may be valid, phonenumbers knows.
_TEN: Final = r"1[1-9]\d{8}|2[03489]\d{8}|3[0347]\d{8}|5[56]\d{8}|7[1-57-9]\d{8}|80[08]\d{7}|84[345]\d{7}|87[0-3]\d{7}"
_WHOLE = rf"^(?:(?:\+44|0044|44|0)0?)?({_TEN})$"
_NUMBER = re.compile(_WHOLE)
_APART = re.compile(r"[^\d+().\s-]+")  # what no telephone number has in it
_SIGNS = re.compile(r"[\s().-]+")
# 7.7009E+09 is a number that a spreadsheet has shortened; 7700900123.0 is one that it has lengthened.
_SHORTENED = re.compile(r"\d[.,]?\d*[eE]\+?\d{1,3}(?!\d)")
_HOUR = re.compile(r"(?<!\d)\d{1,2}(?=[^\W\d_])")  # of "after 6pm"
_LENGTHENED = re.compile(r"(?<=\d{9})\.0(?!\d)")
_DIGIT_OR_FOREIGN = r"[0-9]|[^\x00-\x7f]"
_UP = "01234567890123456789"
_DOWN = _UP[::-1]


def normalised_phones(text: pd.Series) -> pd.Series:
    """The first telephone number in each cell as +44..., or as it is dialled from abroad; what has none is left out."""
    return read_phones(text).first


def read_phones(text: pd.Series) -> Found:
    """Telephone numbers: British as +44..., others as +<country>...; the 0 that a spreadsheet took away is put back."""
    digits = text.str.replace(r"[\s().-]+", "", regex=True)
    national = digits.str.extract(_WHOLE, expand=False).astype("str")
    ours = {value: None if is_nobodys_number(value) else f"+44{value}" for value in national.dropna().unique()}
    phones = national.map(ours).astype("str")
    several = pd.Series(False, index=text.index)
    unclear = text.notna() & national.isna() & text.str.contains(_DIGIT_OR_FOREIGN, regex=True).eq(True)
    if unclear.any():
        known = {value: numbers_in(value) for value in text[unclear].unique()}
        cells = text.where(unclear)
        first = cells.map({cell: next(iter(found), None) for cell, found in known.items()}).astype("str")
        phones = phones.fillna(first)
        several = cells.map({cell: len(found) > 1 for cell, found in known.items()}).eq(True)
    return Found.among(text, phones, several)


def numbers_in(text: str) -> list[str]:
    """Every telephone number in a cell, in its order, each once, without those that are nobody's."""
    cell = _HOUR.sub(" / ", _LENGTHENED.sub("", _SHORTENED.sub(" / ", fold(text, CELL_LOOKED_AT))))
    found = [one for part in _APART.split(cell) for one in _numbers_of(part.split())]
    if not found:
        parts = _APART.split(re.sub("[-.]", " ", cell))
        found = [one for part in parts for one in _numbers_of(part.split())]
    if not found:
        for match in phonenumbers.PhoneNumberMatcher(cell, "GB", leniency=phonenumbers.Leniency.VALID):
            national = str(match.number.national_number)
            if not is_nobodys_number(national):
                found.append(phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164))
    return list(dict.fromkeys(found))


def _numbers_of(groups: list[str]) -> list[str]:
    """British numbers in groups of digits that stand side by side: a number ends where a group ends."""
    found = []
    start = 0
    while start < len(groups):
        for end in range(start + 1, min(start + 7, len(groups)) + 1):
            match = _NUMBER.match(_SIGNS.sub("", "".join(groups[start:end])))
            if match:
                if not is_nobodys_number(match[1]):
                    found.append(f"+44{match[1]}")
                start = end - 1
                break
        start += 1
    return found


def is_nobodys_number(national: str) -> bool:
    """Whether a number (as dialled within its country, without the 0) is one that people type to leave a box:

    one or two digits over and over, a run up or down, a pair or three digits repeated, a mobile that ends in six equal
    digits or a landline that ends in six noughts.
    """
    if _DRAMA.fullmatch(national):
        return False
    end = national[-7:]
    return (
        len(set(national)) <= 2
        or len(set(national[-8:])) == 1
        or end in _UP
        or end in _DOWN
        or national.endswith("000000")
        or (national.startswith("7") and len(set(national[-6:])) == 1)
        or _is_repeated(national[-8:], 2)
        or _is_repeated(national[-8:], 4)
        or _is_repeated(national[-9:], 3)
    )


def _is_repeated(digits: str, length: int) -> bool:
    return len(digits) >= 2 * length and digits == digits[:length] * (len(digits) // length)


# E-mail addresses.

_NAME_PART = r"[\w%+&'-]{1,64}"
_ADDRESS = re.compile(
    rf"(?<![\w.%+&'-]){_NAME_PART}(?:\.{_NAME_PART}){{0,6}}@(?:[^\W_][\w-]{{0,62}}\.){{1,6}}[^\W\d_]{{2,24}}(?![\w-])"
)
_PLAIN_PART = r"[a-z0-9_%+&'-]{1,64}"
_PLAIN_ADDRESS = rf"^{_PLAIN_PART}(?:\.{_PLAIN_PART}){{0,6}}@(?:[a-z0-9][a-z0-9-]{{0,62}}\.){{1,6}}[a-z]{{2,24}}$"
_AT = "[@\uff20\ufe6b]"
_OF_AN_ADDRESS = (
    "e?mail|addr(?:ess)?|any|have|has|got|known|given|provided|supplied|available|applicable|stated|recorded|required|"
    "one|body|name|where|reply|contact|thanks|thankyou|valid|thing"
)
_NOBODY = re.compile(
    rf"(?:no|not|non|dont|doesnot|doesnt|donot|without)(?:{_OF_AN_ADDRESS})+|no|"
    r"(?:e?mail|address)(?:not|no|un|none|na)(?:known|given|provided|supplied|available|applicable|stated|one)?|"
    r"na|none|nil|null|unknown|unk|anon|anonymous|anonymouscaller|withheld|refused|declined|"
    r"test|tester|testing|testtest|testemail|example|fake|invalid|asdf|asd|qwerty|abc|xyz|blah"
)
_NOWHERE = frozenset(
    "na nan none nil null unknown unk noemail nomail noaddress noone nobody nowhere notknown anon anonymous test "
    "testing invalid fake xx xxx xxxx".split()
)


def read_emails(text: pd.Series) -> Found:
    """E-mail addresses in small letters, found in text too."""
    plain = text.str.lower()
    whole = plain.where(plain.str.match(_PLAIN_ADDRESS).eq(True))
    usable = {one: None if is_nobodys_address(one) else one for one in whole.dropna().unique()}
    addresses = whole.map(usable).astype("str")
    several = pd.Series(False, index=text.index)
    unclear = text.notna() & whole.isna() & text.str.contains(_AT, regex=True).eq(True)
    if unclear.any():
        known = {value: addresses_in(value) for value in text[unclear].unique()}
        cells = text.where(unclear)
        first = cells.map({cell: next(iter(found), None) for cell, found in known.items()}).astype("str")
        addresses = addresses.fillna(first)
        several = cells.map({cell: len(found) > 1 for cell, found in known.items()}).eq(True)
    return Found.among(text, addresses, several)


def addresses_in(text: str) -> list[str]:
    """Every e-mail address in a cell, in its order, each once, without those that are nobody's."""
    cell = re.sub(" ?@ ?", "@", fold(text, CELL_LOOKED_AT).casefold().replace("n/a", "na"))
    found = [match[0] for match in _ADDRESS.finditer(cell)]
    return [one for one in dict.fromkeys(found) if not is_nobodys_address(one)]


def is_nobodys_address(address: str) -> bool:
    """Whether an address is one that people type to leave a box: its name or its place is only a word for nobody."""
    name, _, place = address.casefold().partition("@")
    letters = re.sub(r"[^a-z]", "", name)
    label = place.split(".")[0]
    if not letters:
        return name.isascii() and (name == label or len(set(re.sub(r"\D", "", name))) <= 1)
    is_one_key = len(set(letters)) == 1 and (len(letters) > 2 or label in (letters, letters * 2) or len(label) == 1)
    return is_one_key or _NOBODY.fullmatch(letters) is not None or label in _NOWHERE


# Names.

# Of these words alone nobody is told from anybody else.
_ANYBODY = frozenset(
    "unknown unk not known given stated no name names anon anonymous male female man woman boy girl lady gentleman "
    "youth youths adult juvenile child elderly young person people resident tenant occupier neighbour neighbor caller "
    "the a an of and or".split()
)


def keyed_names(names: pd.Series) -> pd.Series:
    """Names as a pseudonym is made of them: the same person in another spacing, case or Unicode form is one.

    Words that fit anybody (`N/A`, `Unknown male`) make strangers one person, so they are null here; the name itself is
    kept as written, for it may be somebody's.
    """
    known = {name: fold(name).casefold() for name in names[said(names)].unique()}
    somebody = {name: key for name, key in known.items() if not _ANYBODY.issuperset(re.findall(r"\w+", key))}
    return names.map(somebody).astype("str")


def visible(text: pd.Series) -> pd.Series:
    """The text as written; a cell with nothing but marks that nobody sees is null."""
    is_plain = text.isna() | text.str.contains(r"[!-~]", regex=True).eq(True)
    if is_plain.all():
        return text
    return text.where(is_plain | folded(text.where(~is_plain)).notna(), np.nan)
