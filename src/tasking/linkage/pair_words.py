"""Columns of a pair on what and words: what both are about, and the rare words that they share."""

import numpy as np

from tasking.linkage.feature_matrix import FeatureMatrix
from tasking.linkage.number_sets import Floats, Ints
from tasking.linkage.pair_when import Columns
from tasking.linkage.word_matrix import WordSet, largest, sums

_RARE_COUNT = 5


def word_columns(matrix: FeatureMatrix, a: Ints, b: Ints) -> Columns:
    """Columns of each pair on what it is about and on words."""
    sets, size = matrix.wordings.sets, len(a)
    text = sets["words"]
    with_kind = text.joined(sets["kind"])
    without_place = text.without(sets["place"])
    is_place = sets["place"].counts > 0
    rarity = matrix.wordings.rarity(without_place.counts)
    named = np.where(is_place, 0.0, rarity)
    pair, word = without_place.among(without_place, a, b)
    is_rare = without_place.counts <= max(_RARE_COUNT, _RARE_COUNT * matrix.size / 200)
    is_figure = sets["figures"].counts > 0
    lengths = without_place.lengths
    cosine = _cosine(matrix, without_place, a, b)
    return _theme_columns(matrix, rarity, a, b) | {
        "words_all": _cosine(matrix, with_kind, a, b),
        "words_alike": cosine,
        "words_rare": sums(pair, np.where(is_rare, named, 0.0)[word], size),
        "words_rarest": largest(pair, named[word], size),
        "words_shared": np.bincount(pair, minlength=size).astype(float),
        "words_figures": sums(pair, np.where(is_figure, rarity, 0.0)[word], size),
        "words_length": np.log1p(np.minimum(lengths[a], lengths[b])),
    }  # fmt: skip


def _cosine(matrix: FeatureMatrix, several: WordSet, a: Ints, b: Ints) -> Floats:
    """Likeness of two sets of words, each word weighted by how rare it is."""
    weights = matrix.wordings.rarity(several.counts) ** 2
    norm = np.sqrt(several.of_each(weights)) + 1e-9
    pair, word = several.among(several, a, b)
    return sums(pair, weights[word], len(a)) / (norm[a] * norm[b])


def _theme_columns(matrix: FeatureMatrix, rarity: Floats, a: Ints, b: Ints) -> Columns:
    of_text, of_kind = matrix.wordings.themes, matrix.wordings.kind_themes
    weights = np.log((matrix.size + 1) / (of_text.sum(axis=0) + 1))
    weighed = of_text * weights
    norm = np.linalg.norm(weighed, axis=1) + 1e-6
    both = of_text[a] * of_text[b] * weights
    kind = of_kind * weights
    crossed = (kind[a] * weighed[b]).sum(axis=1) + (kind[b] * weighed[a]).sum(axis=1)
    has_kind = of_kind.sum(axis=1) > 0
    theme_words = matrix.wordings.sets["theme_words"]
    pair, word = theme_words.among(theme_words, a, b)
    shared_themes = (of_text[a] * of_text[b]).sum(axis=1)
    said = np.bincount(pair, minlength=len(a))
    kinds = matrix.wordings.sets["kind"]
    same_kind = _cosine(matrix, kinds, a, b)
    return {
        "what_themes": (weighed[a] * weighed[b]).sum(axis=1) / (norm[a] * norm[b]),
        "what_shared": both.sum(axis=1),
        "what_best": both.max(axis=1),
        "what_kind_in_text": crossed,
        "what_apart": (has_kind[a] & has_kind[b] & (crossed == 0)).astype(float),
        "what_words": sums(pair, rarity[word], len(a)),
        "what_no_words": np.maximum(shared_themes - said, 0.0),
        "what_same_kind": (same_kind > 0.99).astype(float),
        "what_sensitive": (matrix.is_restricted[a] & matrix.is_restricted[b]).astype(float),
        "what_sensitive_one": (matrix.is_restricted[a] != matrix.is_restricted[b]).astype(float),
    }
