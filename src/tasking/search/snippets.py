"""Where in a report the words of a search are, and the words around them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from tasking.model.category import category_label
from tasking.search.query import Query
from tasking.search.results import Piece
from tasking.search.words import flat

_AROUND: Final = 70  # characters before and after the first match
_RUN: Final = re.compile(r"[^\W_]+(?:['’‘ʼ][^\W_]+)*")  # a word as it is written: John’s
_MOST: Final = 100_000


class Finder:
    """Finds the words of a query in a text as it is written. `has_starts`: words that begin with a term count too."""

    def __init__(self, query: Query, *, has_starts: bool) -> None:
        self._terms = [(frozenset(term.forms), term.start if has_starts else "") for term in query.terms]

    def term_of(self, word: str) -> int | None:
        """The number of the term that a written word is; None for another word."""
        found = flat(word)
        for number, (forms, start) in enumerate(self._terms):
            if found in forms or (start and found.startswith(start)):
                return number
        return None

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where in a text the words are."""
        return [one.span() for one in _RUN.finditer(text[:_MOST]) if self.term_of(one[0]) is not None]

    def terms_in(self, text: str) -> int:
        """How many of the terms a text has."""
        return len({self.term_of(one[0]) for one in _RUN.finditer(text[:_MOST])} - {None})

    def snippet(self, text: str) -> tuple[Piece, ...]:
        """The first match in a text with what stands around it; empty where there is none."""
        spans = self.spans(text)
        if not spans:
            return ()
        start, end = _whole_words(text, max(0, spans[0][0] - _AROUND), min(len(text), spans[0][1] + _AROUND))
        pieces, at = [Piece("… " if start else "", False)], start
        for one, other in (span for span in spans if span[1] <= end):
            pieces += [Piece(text[at:one], False), Piece(text[one:other], True)]
            at = other
        return _tidy([*pieces, Piece(text[at:end] + (" …" if end < len(text) else ""), False)])


def match_in(
    finder: Finder, row: Mapping[str, Any], labels: Mapping[str, str], *, has_details: bool
) -> tuple[str, tuple[Piece, ...]]:
    """(where, words around) of the match in a report: the field that has most of the words. Its text and its place as
    written are for those with May.DETAILS."""
    place, town = row["place_name"] or "", row["town"] or ""
    place = place if town in place else ", ".join(filter(None, (place, town)))
    fields = [("Place", place), ("Category", category_label(row["category"], labels)), ("Reference", row["source_ref"]),
              ("Postcode", (row["postcode"] or "").partition(" ")[0])]  # fmt: skip
    if has_details:
        fields[:0] = [("Report", row["text"])]
        fields += [("Place as reported", row["place_text"]), ("Category as reported", row["category_text"]),
                   ("Postcode", row["postcode"])]  # fmt: skip
    counted = [(finder.terms_in(text), where, text) for where, text in fields if text]
    best = max(counted, key=lambda one: one[0], default=(0, "", ""))
    return (best[1], finder.snippet(best[2])) if best[0] else ("", ())


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without the parts of words that it would begin and end with."""
    if start and (space := text.find(" ", start)) != -1:
        start = min(space + 1, start + _AROUND // 2)
    if end < len(text) and (space := text.rfind(" ", start, end)) != -1:
        end = max(space, end - _AROUND // 2)
    return start, end


def _tidy(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    kept: Sequence[Piece] = [piece._replace(text=re.sub(r"\s+", " ", piece.text)) for piece in pieces]
    return tuple(piece for piece in kept if piece.text)
