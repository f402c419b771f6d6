"""Columns of a pair on where: distances over every position that a report has, postcodes, and words of places."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from tasking.linkage.feature_matrix import FeatureMatrix
from tasking.linkage.number_sets import Bools, Floats, Ints
from tasking.linkage.pair_when import Columns, near
from tasking.linkage.place_and_time import place_log_odds
from tasking.linkage.word_matrix import WordSet, largest, sums

_KM = 1000.0
_LEARNED_SPREAD_KM = 0.6
_UNKNOWN_KM = 0.8
_VAGUE_M = 450.0
_LOCAL_KM = 0.5
_AWAY_KM = 0.4
_GENERIC_SHARE = 0.5


def where_columns(matrix: FeatureMatrix, a: Ints, b: Ints) -> Columns:
    """Columns of each pair on where."""
    words = _PlaceWords(matrix)
    return _distances(matrix, words, a, b) | _postcodes(matrix, a, b) | words.columns(a, b)


def _apart(one: Floats, other: Floats) -> Floats:
    return np.hypot(one[:, 0] - other[:, 0], one[:, 1] - other[:, 1]) / _KM


def _distances(matrix: FeatureMatrix, words: "_PlaceWords", a: Ints, b: Ints) -> Columns:
    own, postcode, learned = matrix.own_spot, matrix.postcode_spot, words.learned_spots()
    places = [own, postcode, learned]
    raw = _apart(own[a], own[b])
    least = _least(places, places, a, b)
    named = _named_spots(matrix)
    with_named = _least([own, postcode, *named], [own, postcode, *named], a, b)
    named_only = _least(named, named, a, b)
    texts = [matrix.text_spots[:, column] for column in range(matrix.text_spots.shape[1])]
    told = _least([own, postcode, *named, *texts], texts, a, b)
    told = np.fmin(told, _least(texts, [own, postcode, *named], a, b))
    away = np.nan_to_num(
        np.nanmin(np.stack([_apart(own, one) for one in named] + [np.full(matrix.size, 99.0)]), axis=0)
    )
    is_away = (away > _AWAY_KM) & (away < 99)
    off = np.nan_to_num(_apart(own, postcode)) > _UNKNOWN_KM
    gazetteer = place_log_odds(matrix, a, b)
    columns: Columns = {
        "where_apart": raw,
        "where_least": least,
        "where_no_position": np.isnan(raw).astype(float),
        "where_no_place": np.isnan(least).astype(float),
        "where_postcode_off": (off[a] | off[b]).astype(float),
        "where_log_least": np.log(0.05 + np.nan_to_num(least, nan=_UNKNOWN_KM)),
        "where_log_apart": np.log(0.05 + np.nan_to_num(raw, nan=_UNKNOWN_KM)),
        "where_mixture": gazetteer,
        "where_log_named": np.log(0.05 + np.nan_to_num(with_named, nan=_UNKNOWN_KM)),
        "where_named_300m": near(named_only, 0.3),
        "where_named_1km": near(named_only, 1.0),
        "where_told_300m": near(told, 0.3),
        "where_told_1km": near(told, 1.0),
        "where_own_off": (is_away[a].astype(float) + is_away[b]) * near(named_only, 0.6),
        "where_own_off_both": (is_away[a] | is_away[b]).astype(float),
    }
    for scale in (0.06, 0.2, 0.6, 2.0):
        columns[f"where_near_{scale}"] = near(raw, scale)
        columns[f"where_least_{scale}"] = near(least, scale)
    return columns


def _least(places: Sequence[Floats], others: Sequence[Floats], a: Ints, b: Ints) -> Floats:
    """The least distance between any position of one and any of the other, in km; NaN where either has none."""
    best = np.full(len(a), np.inf)
    for one in places:
        for other in others:
            best = np.fmin(best, _apart(one[a], other[b]))
    return np.where(np.isfinite(best), best, np.nan)


def _named_spots(matrix: FeatureMatrix) -> list[Floats]:
    """The spots that come from names in the place or the text: not the report's own position or postcode, no town."""
    spots = []
    for column in range(matrix.spots.shape[1]):
        one = matrix.spots[:, column]
        is_named = (one[:, 3] > 0) & (one[:, 2] < _VAGUE_M)
        for known in (matrix.own_spot, matrix.postcode_spot):
            is_named &= ~(np.abs(one[:, :2] - known).max(axis=1) <= 1)
        spots.append(np.where(is_named[:, None], one[:, :2], np.nan))
    return spots


def _postcodes(matrix: FeatureMatrix, a: Ints, b: Ints) -> Columns:
    both = (matrix.postcode[a, 0] != 0) & (matrix.postcode[b, 0] != 0)
    same = matrix.postcode[a] == matrix.postcode[b]
    return {
        "where_postcode": (both & same[:, 0]).astype(float),
        "where_sector": (both & same[:, 1]).astype(float),
        "where_other_district": (both & ~same[:, 2]).astype(float),
    }


class _PlaceWords:
    """Words of places, and what the reports themselves say of where a word is."""

    def __init__(self, matrix: FeatureMatrix) -> None:
        sets = matrix.wordings.sets
        self.size = matrix.size
        self.place, self.pairs, self.doors, self.text_doors = (
            sets["sounds"], sets["pairs"], sets["doors"], sets["text_doors"])  # fmt: skip
        is_place = self.place.counts > 0
        self.in_text = sets["text_sounds"].only(is_place)
        is_generic = sets["generic"].counts > 0
        weights = matrix.wordings.rarity(self.place.joined(self.in_text).counts)
        self.weights = weights * np.where(is_generic, _GENERIC_SHARE, 1.0)
        self.worded = self.weights
        self.spots = np.where(np.isfinite(matrix.own_spot), matrix.own_spot, matrix.postcode_spot) / _KM
        self.is_name: Bools = ~is_generic
        self.local = np.where(self._is_local() & self.is_name, self.weights, 0.0)

    def _located(self, several: WordSet) -> pd.DataFrame:
        """A row for each word of a report that has a position: row, word, east, north."""
        rows = np.repeat(np.arange(self.size), several.lengths)
        frame = pd.DataFrame({"row": rows, "word": several.matrix.indices,
                              "east": self.spots[rows, 0], "north": self.spots[rows, 1]})  # fmt: skip
        located: pd.DataFrame = frame[np.isfinite(frame["east"])]
        return located

    def _spread(self, located: pd.DataFrame) -> pd.DataFrame:
        """By word: the middle of the positions of its reports, their median distance from it, and how many."""
        middle = pd.DataFrame(located.groupby("word")[["east", "north"]].median())
        of_each = middle.reindex(located["word"]).to_numpy()
        away = np.hypot(located["east"].to_numpy() - of_each[:, 0], located["north"].to_numpy() - of_each[:, 1])
        by_word = pd.Series(away).groupby(located["word"].to_numpy())
        spread = pd.DataFrame({**middle, "spread": by_word.median(), "count": by_word.size()})
        spread.index.name = None
        return spread

    def _is_local(self) -> Bools:
        """True for words whose reports lie together, or are too few to say."""
        spread = self._spread(self._located(self.place))
        is_local = np.ones(self.place.matrix.shape[1], dtype=bool)
        wide = spread[(spread["count"] > 2) & (spread["spread"] >= _LOCAL_KM)].index.to_numpy()
        is_local[wide] = False
        return is_local

    def learned_spots(self) -> Floats:
        """For each report the middle of the reports that share its most local place word; NaN where there is none."""
        names = self.pairs.joined(self.place.only(self.is_name))
        spread = self._spread(self._located(names))
        spread = spread[spread["count"] > 1]
        spread["spread"] += 0.3 / spread["count"]
        rows = np.repeat(np.arange(self.size), names.lengths)
        each = pd.DataFrame({"row": rows, "word": names.matrix.indices}).merge(spread, left_on="word", right_index=True)
        each = each[each["spread"] < _LEARNED_SPREAD_KM].sort_values(["row", "spread", "word"], kind="stable")
        best = each.drop_duplicates("row")
        spots = np.full((self.size, 2), np.nan)
        spots[best["row"].to_numpy()] = best[["east", "north"]].to_numpy() * _KM
        return spots

    def columns(self, a: Ints, b: Ints) -> Columns:
        size = len(a)
        pair, word = self.place.among(self.place, a, b)
        shared = sums(pair, self.weights[word], size)
        total = self.place.of_each(self.weights)
        crossed = np.zeros(size)
        local_crossed = np.zeros(size)
        for one, other in ((self.place, self.in_text), (self.in_text, self.place)):
            at, by = one.among(other, a, b)
            crossed = np.maximum(crossed, largest(at, self.worded[by], size))
            local_crossed = np.maximum(local_crossed, largest(at, self.local[by], size))
        at, by = self.in_text.among(self.in_text, a, b)
        return {
            "where_words": shared,
            "where_words_share": shared / np.maximum(1.0, np.minimum(total[a], total[b])),
            "where_words_jaccard": shared / np.maximum(1.0, total[a] + total[b] - shared),
            "where_word": largest(pair, self.worded[word], size),
            "where_crossed": crossed,
            "where_in_texts": largest(at, self.worded[by], size),
            "where_local": largest(pair, self.local[word], size),
            "where_local_crossed": local_crossed,
        } | self._door_columns(a, b, shared)  # fmt: skip

    def _door_columns(self, a: Ints, b: Ints, shared: Floats) -> Columns:
        def both(one: WordSet, other: WordSet) -> Bools:
            return np.isin(np.arange(len(a)), one.among(other, a, b)[0])

        same = both(self.doors, self.doors)
        in_text = both(self.doors, self.text_doors) | both(self.text_doors, self.doors)
        in_text |= both(self.text_doors, self.text_doors)
        numbered = (self.doors.lengths[a] > 0) & (self.doors.lengths[b] > 0)
        return {
            "where_door": (same & (shared > 3)).astype(float),
            "where_door_in_text": (in_text & (shared > 1.5)).astype(float),
            "against_door": (numbered & ~same).astype(float),
        }
