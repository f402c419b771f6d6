"""Words that go together in two reports of one incident, learned from true pairs: `sirens` with `smoke`.

The words of the training sets that several hands use, each as a point; two reports are related where their words'
points lie together. Words are public English here and keyed where they are compared with a report's.
"""

from collections import Counter
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from tasking.linkage.number_sets import Bools, Floats, Ints

RANK: Final = 32
_PRIOR: Final = 3.0
_LEAST: Final = 4  # reports that a word is in
_HANDS: Final = 3  # sets that a word is in
_DIGITS: Final = 4


@dataclass(frozen=True)
class WordAssociation:
    """`words`: stems; those of a partner's word for its kind begin with `kind:`. `points`: shape (words, RANK);
    `signs`: 1 or -1 by dimension, because some words count against each other."""

    words: tuple[str, ...]
    points: Floats
    signs: Floats

    def places(self, has: Any) -> Floats:
        """The position of each report among the words. `has`: sparse, shape (reports, words), ones."""
        counts = np.asarray(has.sum(axis=1)).ravel()
        return np.asarray((has @ self.points) / np.sqrt(counts + 1)[:, None])

    def related(self, places: Floats, a: Ints, b: Ints) -> Floats:
        """How much likelier the words of each pair are in two reports of one incident."""
        return np.asarray(np.einsum("ij,ij->i", places[a] * self.signs, places[b]))

    def to_dict(self) -> dict[str, Any]:
        return {
            "words": list(self.words),
            "points": [" ".join(f"{value:.{_DIGITS}g}" for value in row) for row in self.points],
            "signs": self.signs.tolist(),
        }

    @classmethod
    def from_dict(cls, given: dict[str, Any]) -> "WordAssociation":
        points = np.array([[float(value) for value in row.split()] for row in given["points"]])
        return cls(tuple(given["words"]), points.reshape(len(given["words"]), -1), np.array(given["signs"]))


@dataclass(frozen=True)
class WordedSet:
    """A labelled set's words: for each report the set of its words; and its true pairs."""

    documents: Sequence[frozenset[str]]
    a: Ints
    b: Ints


def vocabulary(sets: Sequence[WordedSet], public: Set[str] | None = None) -> tuple[str, ...]:
    """The words that enough reports and enough sets have; with `public`, of these only.

    The words of a model stand in its file as they are. Of real reports only words that are public anyway may: a surname
    that four reports name is nobody's business.
    """
    reports: Counter[str] = Counter()
    hands: Counter[str] = Counter()
    for one in sets:
        reports.update(word for document in one.documents for word in document)
        hands.update(set().union(*one.documents))
    least = min(_HANDS, len(sets))
    common = {word for word in reports if reports[word] >= _LEAST and hands[word] >= least}
    return tuple(sorted(common if public is None else common & public))


def incidence(documents: Sequence[frozenset[str]], words: Sequence[str]) -> Any:
    """Sparse, shape (reports, words): ones where a report has a word."""
    from scipy.sparse import csr_array

    number = {word: at for at, word in enumerate(words)}
    found = [(row, number[word]) for row, document in enumerate(documents) for word in document if word in number]
    rows, columns = np.array(found, dtype=np.int64).reshape(-1, 2).T
    return csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(documents), len(words)))


def fit_association(sets: Sequence[WordedSet], words: Sequence[str] | None = None) -> WordAssociation:
    """The association of words in the true pairs of some sets. The same sets give the same points."""
    from scipy.sparse.linalg import eigsh

    words = vocabulary(sets) if words is None else words
    together, pairs, seen, reports = np.zeros((len(words), len(words))), 0, np.zeros(len(words)), 0
    for one in sets:
        has = incidence(one.documents, words)
        counted = (has[one.a].T @ has[one.b]).toarray()
        together += counted + counted.T
        pairs += len(one.a)
        seen += np.asarray(has.sum(axis=0)).ravel()
        reports += len(one.documents)
    share = seen / max(reports, 1)
    expected = 2 * pairs * np.outer(share, share)
    likelier = np.log((together + _PRIOR) / (expected + _PRIOR))
    rank = min(RANK, len(words) - 1)
    values, vectors = eigsh(likelier, k=rank, which="LM", v0=np.ones(len(words)))
    order = np.argsort(-np.abs(values), kind="stable")
    values, vectors = values[order], vectors[:, order]
    # The sign of a vector is arbitrary; the largest entry is made positive, so that a refit gives the same file.
    flip = np.sign(vectors[np.abs(vectors).argmax(axis=0), np.arange(rank)])
    return WordAssociation(tuple(words), vectors * flip * np.sqrt(np.abs(values)), np.sign(values))


def keyed_incidence(
    association: WordAssociation,
    key: Callable[[str, str], int],
    text: Any,
    kind: Any,
    columns_of: Callable[[Ints], Ints],
) -> Any:
    """As `incidence`, from the keyed words of reports. `text`, `kind`: sparse sets of words; `columns_of`: the column
    of a stored number, -1 where no report has it."""
    is_kind: Bools = np.array([word.startswith("kind:") for word in association.words], dtype=bool)
    numbers = np.array([key("word", word.removeprefix("kind:")) for word in association.words], dtype=np.int64)
    column = columns_of(numbers)
    from scipy.sparse import csr_array

    parts = []
    for has, wanted in ((text, ~is_kind), (kind, is_kind)):
        at = np.flatnonzero(wanted & (column >= 0))
        some = has[:, column[at]].tocoo()
        parts.append(csr_array((some.data, (some.row, at[some.col])), shape=(has.shape[0], len(column))))
    return parts[0] + parts[1]
