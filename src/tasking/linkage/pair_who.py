"""Columns of a pair on who, and on what contradicts: people, vehicles, ages, "separate to the earlier job"."""

import numpy as np

from tasking.linkage.feature_matrix import FeatureMatrix, People
from tasking.linkage.number_sets import Bools, Floats, Ints, Sets
from tasking.linkage.pair_when import Columns
from tasking.linkage.word_matrix import WordSet, sums

_SAME: float = 0.8
_AGE_APART = 6
_NO_AGE = 99.0


def who_columns(matrix: FeatureMatrix, a: Ints, b: Ints) -> Columns:
    """Columns of each pair on who and on contradictions."""
    about, caller = (
        name_likeness(matrix.subject, matrix.subject, a, b),
        name_likeness(matrix.caller, matrix.caller, a, b),
    )
    crossed = np.maximum(
        name_likeness(matrix.subject, matrix.caller, a, b), name_likeness(matrix.caller, matrix.subject, a, b)
    )
    same_key = (matrix.caller_key[a] != 0) & (matrix.caller_key[a] == matrix.caller_key[b])
    same_caller = same_key | (caller >= _SAME)
    born = (matrix.subject.born[a] != 0) & (matrix.subject.born[a] == matrix.subject.born[b])
    same_feed = matrix.feed[a] == matrix.feed[b]
    texts = matrix.wordings.sets["words"]
    rarity = matrix.wordings.rarity(texts.counts)
    return {
        "who_caller_key": same_key.astype(float),
        "who_born": born.astype(float),
        "who_about": np.maximum(about, 0.0),
        "who_caller_name": np.maximum(caller, 0.0),
        "who_caller": same_caller.astype(float),
        "who_crossed": np.maximum(crossed, 0.0),
        "who_about_in_text": _named_in(matrix, matrix.subject, texts, rarity, a, b),
        "who_caller_in_text": _named_in(matrix, matrix.caller, texts, rarity, a, b),
        "who_capitals": _capitals(matrix, texts, rarity, a, b),
        "who_caller_rare": same_caller / np.maximum(1.0, _others(matrix)[a]),
        "who_same_feed": same_feed.astype(float),
        "who_again": (same_feed & same_caller).astype(float),
        "who_reference": (
            matrix.references.has(a, matrix.own_reference[b]) | matrix.references.has(b, matrix.own_reference[a])
        ).astype(float),
        "who_about_named": _named(matrix.subject_names, matrix.text_names, a, b),
        "who_caller_named": _named(matrix.caller_names, matrix.text_names, a, b),
        "against_about": (about <= -0.5).astype(float),
        "against_log": (same_feed & matrix.tells_once[a]).astype(float),
    } | _things(matrix, a, b)  # fmt: skip


def name_likeness(one: People, other: People, a: Ints, b: Ints) -> Floats:
    """1 for the same name, .5 for what may be the same, 0 where either is silent, -1 for two different names."""
    has_one, has_other = one.surname[a] != 0, other.surname[b] != 0
    fore_one, fore_other = one.forename[a] != 0, other.forename[b] != 0
    any_one, any_other = has_one | fore_one | (one.initial[a] != 0), has_other | fore_other | (other.initial[b] != 0)
    surname = has_one & (one.surname[a] == other.surname[b])
    forename = fore_one & (one.forename[a] == other.forename[b])
    known_initials = (one.initial[a] != 0) & (other.initial[b] != 0)
    initial = known_initials & (one.initial[a] == other.initial[b])
    whole_one, whole_other = has_one & (one.initial[a] != 0), has_other & (other.initial[b] != 0)
    both_whole = whole_one & whole_other
    full = np.where(surname, np.where(initial, 1.0, 0.4), np.where(forename, 0.3, -1.0))
    part = np.where(surname | forename, 0.8, np.where(initial, 0.2, -0.5))
    return np.where(any_one & any_other, np.where(both_whole, full, part), 0.0)


def _named(names: Sets, text_names: Sets, a: Ints, b: Ints) -> Floats:
    """1 where the other's text has the whole name, .5 where it has the initial and the surname."""
    found = np.maximum(names.shared_with(text_names, a, b), names.shared_with(text_names, b, a))
    return np.minimum(found, 2.0) / 2.0


def _others(matrix: FeatureMatrix) -> Floats:
    """How many other reports the caller of each has made, by name or else by number."""
    name = np.where(matrix.caller.whole != 0, matrix.caller.whole, matrix.caller.surname)
    name = np.where(name != 0, name, -matrix.caller_key)
    _, number, counts = np.unique(name, return_inverse=True, return_counts=True)
    return np.where(name != 0, counts[number] - 1.0, 0.0)


def _named_in(matrix: FeatureMatrix, people: People, texts: WordSet, rarity: Floats, a: Ints, b: Ints) -> Floats:
    """How rare a surname is that the other's text has; 0 where it has not."""
    column = matrix.wordings.columns_of(people.surname)
    found = np.zeros(len(a))
    for one, other in ((a, b), (b, a)):
        named = np.flatnonzero((people.surname[one] != 0) & (column[one] >= 0))
        at = column[one[named]]
        has = np.asarray(texts.matrix[other[named], at]).ravel() > 0 if len(named) else np.zeros(0, dtype=bool)
        found[named] = np.maximum(found[named], np.where(has, rarity[at], 0.0))
    return found


def _capitals(matrix: FeatureMatrix, texts: WordSet, rarity: Floats, a: Ints, b: Ints) -> Floats:
    """The rarity of words that one writes with a capital, as names are, and the other's text has too."""
    sets = matrix.wordings.sets
    names = sets["capitals"].only(sets["place"].counts == 0)
    total = np.zeros(len(a))
    for one, other in ((names, texts), (texts, names)):
        pair, word = one.among(other, a, b)
        total = np.maximum(total, sums(pair, rarity[word], len(a)))
    return total


def _things(matrix: FeatureMatrix, a: Ints, b: Ints) -> Columns:
    sets = matrix.wordings.sets
    plate = (matrix.plates.shared(a, b) > 0) | (matrix.near_plates.shared(a, b) > 0)
    plated = matrix.half_plates.lengths > 0
    half = matrix.half_plates.shared(a, b) > 0
    low, high = matrix.low, matrix.high
    counted = (high[a] > 0) & (high[b] > 0)
    clash = counted & ((low[a] > 1.7 * high[b]) | (low[b] > 1.7 * high[a]))
    fits = counted & (low[a] <= high[b] * 1.25 + 0.5) & (low[b] <= high[a] * 1.25 + 0.5)
    ages = _age_gap(matrix.wordings.ages, a, b)
    separate = matrix.wordings.is_separate | matrix.is_separate
    columns: Columns = {
        "who_plate": np.where(plate, 1.0, np.where(half, 0.5, 0.0)),
        "against_plate": (plated[a] & plated[b] & ~plate & ~half).astype(float),
        "who_sum": np.minimum(matrix.sums.shared(a, b), 1.0),
        "who_count": fits.astype(float),
        "against_count": clash.astype(float),
        "who_age": (ages <= 1).astype(float),
        "against_age": ((ages > _AGE_APART) & (ages < _NO_AGE)).astype(float),
        "against_sex": (matrix.wordings.male[a] * matrix.wordings.male[b] < 0).astype(float),
        "against_separate": (separate[a] | separate[b]).astype(float),
        "words_again": (matrix.is_again[a] | matrix.is_again[b]).astype(float),
    }
    for name in ("colours", "makes"):
        shared = np.bincount(sets[name].among(sets[name], a, b)[0], minlength=len(a))
        has: Bools = sets[name].lengths > 0
        columns[f"who_{name}"] = shared.astype(float)
        columns[f"against_{name}"] = (has[a] & has[b] & (shared == 0)).astype(float)
    return columns


def _age_gap(ages: Floats, a: Ints, b: Ints) -> Floats:
    """Years between the nearest two ages that are named; 99 where either names none."""
    best = np.full(len(a), np.inf)
    for i in range(ages.shape[1]):
        for j in range(ages.shape[1]):
            best = np.fmin(best, np.abs(ages[a, i] - ages[b, j]))
    return np.where(np.isfinite(best), best, _NO_AGE)
