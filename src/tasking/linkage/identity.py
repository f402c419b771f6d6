"""Which pairs may not be merged automatically, and which are about the same person or are the same report.

The score says whether two reports are one event. A sensitive report needs more: the same person, near that time, or the
same report told again. Relatives share a surname, a household a telephone and a house its address.
"""

from typing import Final

import numpy as np

from tasking.linkage.blocking import SPAN_H
from tasking.linkage.comparisons import names_agree
from tasking.linkage.feature_matrix import SOURCES, FeatureMatrix
from tasking.linkage.number_sets import Bools, Floats, Ints
from tasking.linkage.pair_table import PairTable
from tasking.linkage.place_and_time import CategoryRelations, gap_hours

_OTHER_TIME_H: Final = 18.0  # hours between two times that fields give
_PLACE_AGREES: Final = 0.8
_NOT_ELSEWHERE: Final = -0.5
_NOT_ANOTHER_DAY: Final = -0.1
_SAME_HOURS: Final = 0.3
_ANOTHER_DAY: Final = -3.0
_WITHIN_H: Final = 3.0
_AT_ONCE_H: Final = 6.0
_RECEIVED_SOON_H: Final = 30.0
_NAMED_SOON_H: Final = 48.0


def merge_rules(
    matrix: FeatureMatrix, table: PairTable, a: Ints, b: Ints, relations: CategoryRelations
) -> tuple[Bools, Bools, Bools]:
    """`is_barred`, `is_same_identity` and `is_long_lasting` of ScoredPairs."""
    terms = _Terms(table)
    told_again = _is_told_again(terms)
    person = _is_same_person(terms, matrix, a, b, relations) | _is_named_at_once(terms, matrix, a, b)
    restricted = matrix.is_restricted[a] | matrix.is_restricted[b]
    barred = (terms["subject_apart"] > 0) & restricted & (terms["crossed"] == 0)
    lasting = (terms["plates"] > 0.5) | (terms["reference"] > 0)
    barred |= (_received_apart(matrix, a, b) > SPAN_H) & ~lasting
    # One partner's own clock, most of a day apart: two events, whatever else agrees. Between two, a day may be wrong.
    of_one_partner = (table.of("who_same_feed") > 0) & (np.nan_to_num(table.of("when_gap")) > _OTHER_TIME_H)
    barred |= of_one_partner & ~told_again & ~lasting
    return barred, told_again | person, lasting


class _Terms:
    """The terms of the pairs by name, and whether they are at one place."""

    def __init__(self, table: PairTable) -> None:
        self.table = table
        self.near = (self["where"] >= _PLACE_AGREES) | (self["same_name"] > 0) | (self["corner"] > 0)

    def __getitem__(self, name: str) -> Floats:
        return np.asarray(self.table.of(f"term_{name}"), dtype=np.float64)


def _is_told_again(terms: _Terms) -> Bools:
    told_again = (terms["again"] > 0) | (terms["reference"] > 0)
    same_caller = (terms.table.of("who_caller_key") > 0) & (terms.table.of("who_caller_name") >= 1)
    return np.asarray(told_again | ((terms["caller"] > 0) & same_caller & terms.near))


def _is_same_person(terms: _Terms, matrix: FeatureMatrix, a: Ints, b: Ints, relations: CategoryRelations) -> Bools:
    """Names that agree as fully as both are given, the date of birth, or a whole name that is the caller's of the other
    or stands in its text; and not on another day."""
    of, born = terms.table.of, _same_birthday(matrix, a, b)
    whole, initial = names_agree(matrix, a, b)
    agree = (whole & (born | terms.near | (terms["where"] > _NOT_ELSEWHERE))) | (initial & terms.near)
    person = (of("who_about") >= 1) | (of("who_crossed") >= 1) | (of("who_about_named") >= 1) | born
    person &= (terms["subject_apart"] == 0) & (of("against_about") == 0)
    same_hours = (terms["when"] >= _SAME_HOURS) & _are_from(matrix, "field", a, b)
    first_name = (terms["subject_likely"] > 0) & terms.near & same_hours
    is_when = (agree & (terms["when"] >= _NOT_ANOTHER_DAY)) | (person & (terms["when"] > _ANOTHER_DAY)) | first_name
    return np.asarray(is_when & (terms["after"] == 0) & ~_may_be_apart(matrix, a, b, relations))


def _may_be_apart(matrix: FeatureMatrix, a: Ints, b: Ints, relations: CategoryRelations) -> Bools:
    """True where no more than the day of one is known, unless both were received within hours on it: one person may
    have an incident in the morning and another at night."""
    by_date = (matrix.source[a] == SOURCES.index("day")) | (matrix.source[b] == SOURCES.index("day"))
    is_apart = (gap_hours(matrix, a, b, relations) > 0) | (_received_apart(matrix, a, b) > _WITHIN_H)
    return np.asarray(by_date & is_apart)


def _are_from(matrix: FeatureMatrix, source: str, a: Ints, b: Ints) -> Bools:
    """True where the times of both are from this source: see feature_matrix.SOURCES."""
    is_from = matrix.source == SOURCES.index(source)
    return np.asarray(is_from[a] & is_from[b])


def _is_named_at_once(terms: _Terms, matrix: FeatureMatrix, a: Ints, b: Ints) -> Bools:
    """A name and the other's initial, or the whole name in the other's text, at one place and about one time."""
    of, received_apart = terms.table.of, _received_apart(matrix, a, b)
    here = terms.near & (terms["subject_apart"] == 0)
    at_once = (of("when_gap_any") <= _AT_ONCE_H) & (received_apart <= _RECEIVED_SOON_H)
    at_once &= (of("when_unknown") == 0) | (received_apart <= _AT_ONCE_H)
    in_text = (of("who_about_named") > 0) & (received_apart <= _NAMED_SOON_H)
    whole, initial = names_agree(matrix, a, b)
    named = whole | initial
    return np.asarray(here & ((named & at_once) | in_text))


def _same_birthday(matrix: FeatureMatrix, a: Ints, b: Ints) -> Bools:
    born = matrix.subject.born
    return np.asarray((born[a] != 0) & (born[a] == born[b]))


def _received_apart(matrix: FeatureMatrix, a: Ints, b: Ints) -> Floats:
    """Hours between the times that two reports were received."""
    return np.abs(matrix.received_h[a] - matrix.received_h[b])
