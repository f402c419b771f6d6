"""Whether a partner's reference of a report says who somebody is."""

from collections.abc import Sequence

from tasking.privacy.erasure import contacts
from tasking.privacy.erasure.mentions import PersonIdentifiers
from tasking.privacy.erasure.names import Name
from tasking.privacy.erasure.words import Word, key_of, words_in

_FEWEST_DIGITS = 9  # of a telephone number that is looked for inside other digits


def kind_in_reference(reference: str, identifiers: PersonIdentifiers, *, is_theirs: bool) -> str:
    """What in a reference says who somebody is, in words; "" where nothing does.

    `is_theirs`: it is the reference of a report by or about them, in which a surname alone is enough.
    """
    words = words_in(reference)
    if _has_phone(words, identifiers, is_theirs=is_theirs):
        return "telephone number in a reference"
    if any(address in reference.casefold() for address in identifiers.emails):
        return "e-mail address in a reference"
    keys = [word.key for word in words if not word.is_number]
    if any(_has_name(keys, name, identifiers, is_theirs=is_theirs) for name in identifiers.names):
        return "name in a reference"
    return ""


def _has_phone(words: Sequence[Word], identifiers: PersonIdentifiers, *, is_theirs: bool) -> bool:
    numbers = [word.key for word in words if word.is_number]
    dialled = {one for phone in identifiers.phones for one in contacts.dialled(phone) if len(one) >= _FEWEST_DIGITS}
    if any(one in number for one in dialled for number in numbers):
        return True
    return is_theirs and any(one in "".join(numbers) for one in dialled)


def _has_name(keys: Sequence[str], name: Name, identifiers: PersonIdentifiers, *, is_theirs: bool) -> bool:
    first, last = name.key
    if name.is_full and last in keys and first in keys and not identifiers.is_name_shared:
        return True
    joined = {last, first + last, last + first, name.initial + last, last + name.initial}
    return bool(is_theirs and last and joined & {*keys, key_of("".join(keys))})
