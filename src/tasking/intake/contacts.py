"""Telephone numbers and e-mail addresses in one form, found anywhere in a cell.

Placeholders such as 00000000000, 01234567890 and none@none.com are left out: they would make strangers one complainant.
"""

import re
from typing import Final

import pandas as pd
import phonenumbers

from tasking.intake.blank_cells import SEARCHED_LENGTH
from tasking.intake.extraction import Extracted, extract_values
from tasking.model.text import fold

# Telephone numbers.

# Ofcom's numbers for use in drama count as valid, for the invented people in samples and tests.
_DRAMA = re.compile(
    r"7700900\d{3}|1632960\d{3}|(?:113|114|115|116|117|118|121|131|141|151|161|191)4960\d{3}|1914980\d{3}|"
    r"207946\d{4}|2896496\d{3}|2920180\d{3}|808157\d{4}|909879\d{4}|3069990\d{3}"
)
# Ten digits after the 0 or +44, in ranges that have subscribers; phonenumbers decides on all others.
_TEN: Final = r"1[1-9]\d{8}|2[03489]\d{8}|3[0347]\d{8}|5[56]\d{8}|7[1-57-9]\d{8}|80[08]\d{7}|84[345]\d{7}|87[0-3]\d{7}"
_WHOLE = rf"^(?:(?:\+44|0044|44|0)0?)?({_TEN})$"
_NUMBER = re.compile(_WHOLE)
_APART = re.compile(r"[^\d+().\s-]+")  # characters that no telephone number contains
_SIGNS = re.compile(r"[\s().-]+")
# Spreadsheets write a number as 7.7009E+09, with digits lost, or as 7700900123.0.
_SHORTENED = re.compile(r"\d[.,]?\d{0,20}[eE]\+?\d{1,3}(?!\d)")
_HOUR = re.compile(r"(?<!\d)\d{1,2}(?=[^\W\d_])")  # the 6 of "after 6pm"
_LENGTHENED = re.compile(r"(?<=\d{9})\.0(?!\d)")
_DIGIT = re.compile(r"\d")
_FEWEST_DIGITS: Final = 7  # of the shortest numbers with a country code (Niue, Tokelau)
_DIGIT_OR_FOREIGN = r"[0-9]|[^\x00-\x7f]"
_UP = "01234567890123456789"
_DOWN = _UP[::-1]


def normalised_phones(text: pd.Series) -> pd.Series:
    """The first telephone number in each cell as +44..., or with its own country code; null if there is none."""
    return read_phones(text).first


def read_phones(text: pd.Series) -> Extracted:
    """Telephone numbers: British as +44..., others as +<country>...; a leading 0 that a spreadsheet dropped is not
    needed."""
    digits = text.str.replace(r"[\s().-]+", "", regex=True)
    national = digits.str.extract(_WHOLE, expand=False).astype("str")
    ours = {value: None if is_nobodys_number(value) else f"+44{value}" for value in national.dropna().unique()}
    unclear = text.notna() & national.isna() & text.str.contains(_DIGIT_OR_FOREIGN, regex=True).eq(True)
    return extract_values(text, national.map(ours).astype("str"), unclear, numbers_in)


def numbers_in(text: str) -> list[str]:
    """Every telephone number in a cell, in its order, each once, without those that are placeholders."""
    cell = fold(text, SEARCHED_LENGTH)
    if len(_DIGIT.findall(cell)) < _FEWEST_DIGITS:  # before the search below, which is slow on ordinary words
        return []
    cell = _HOUR.sub(" / ", _LENGTHENED.sub("", _SHORTENED.sub(" / ", cell)))
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
    """British numbers in adjacent groups of digits; a number ends at the end of a group."""
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
    """Whether a number (as dialled within its country, without the 0) is a placeholder:

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


def read_emails(text: pd.Series) -> Extracted:
    """E-mail addresses in lower case, found in text too."""
    plain = text.str.lower()
    whole = plain.where(plain.str.match(_PLAIN_ADDRESS).eq(True))
    usable = {one: None if is_nobodys_address(one) else one for one in whole.dropna().unique()}
    unclear = text.notna() & whole.isna() & text.str.contains(_AT, regex=True).eq(True)
    return extract_values(text, whole.map(usable).astype("str"), unclear, addresses_in)


def addresses_in(text: str) -> list[str]:
    """Every e-mail address in a cell, in its order, each once, without those that are placeholders."""
    cell = re.sub(" ?@ ?", "@", fold(text, SEARCHED_LENGTH).casefold().replace("n/a", "na"))
    found = [match[0] for match in _ADDRESS.finditer(cell)]
    return [one for one in dict.fromkeys(found) if not is_nobodys_address(one)]


def is_nobodys_address(address: str) -> bool:
    """Whether an address is a placeholder: the name or the domain is only a word for nobody."""
    name, _, place = address.casefold().partition("@")
    letters = re.sub(r"[^a-z]", "", name)
    label = place.split(".")[0]
    if not letters:
        return name.isascii() and (name == label or len(set(re.sub(r"\D", "", name))) <= 1)
    is_one_key = len(set(letters)) == 1 and (len(letters) > 2 or label in (letters, letters * 2) or len(label) == 1)
    return is_one_key or _NOBODY.fullmatch(letters) is not None or label in _NOWHERE
