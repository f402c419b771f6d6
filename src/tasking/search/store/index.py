"""The full text: queries in the language of the database, and the documents that match, the newest first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any, Final

import sqlalchemy as sa

from tasking.search.query import Part, Term
from tasking.search.words import spellings_of, words_in
from tasking.warehouse.tables.searching import WORDS

_EPOCH: Final = date(2000, 1, 1)  # documents are numbered from it (migration 0019)
_A_DAY: Final = 1 << 32
_LAST: Final = 1 << 62


class Texts(StrEnum):
    """Which texts of a document are searched."""

    PUBLIC = "public"
    ALL = "words"  # with those that need May.DETAILS
    PEOPLE = "people"  # names and contacts alone


_FTS5_COLUMNS: Final = {Texts.PUBLIC: "{public}", Texts.ALL: "{public details}", Texts.PEOPLE: "{people}"}


@dataclass(frozen=True)
class Match:
    """What documents have to hold. `kinds`: of documents; `category`: of reports, by its code; `has_starts`: words that
    begin with a term count too."""

    parts: tuple[Part, ...]
    texts: Texts
    kinds: tuple[str, ...] = ("report",)
    has_starts: bool = False
    category: str = ""
    phrases: tuple[str, ...] = ()  # each of them, word for word
    reference: str = ""  # a partner's, without its signs


@dataclass(frozen=True)
class Days:
    """Days of documents, both included."""

    since: date | None = None
    until: date | None = None


def documents(
    connection: sa.Connection, match: Match, most: int, days: Days | None = None, below: int | None = None
) -> list[int]:
    """The numbers of the newest documents that match, at most `most`: of these days, and lower than `below`."""
    dialect, days = connection.dialect.name, days or Days()
    until = _first_of(days.until) + _A_DAY + 1 if days.until is not None else _LAST
    given = {
        "wanted": _fts5(match) if dialect == "sqlite" else _tsquery(match),
        "above": _first_of(days.since) if days.since is not None else -_LAST,
        "below": min(until, below) if below is not None else until,
        "most": most,
    }
    return list(connection.execute(_documents(dialect, match.texts), given).scalars())


def all_documents(dialect: str, match: Match) -> tuple[sa.Select[Any], dict[str, str]]:
    """A query of the numbers of every document that matches, for an IN, and the values that it is run with."""
    number, is_match, _ = _matching(dialect, match.texts)
    return sa.select(number).where(is_match), {"wanted": _fts5(match) if dialect == "sqlite" else _tsquery(match)}


@cache
def _documents(dialect: str, texts: Texts) -> sa.Select[Any]:
    """Made once: making a statement takes longer than running it."""
    number, is_match, ordered = _matching(dialect, texts)
    above, below = (sa.bindparam(one, type_=sa.BigInteger) for one in ("above", "below"))
    within = (ordered > above, ordered < below)
    return sa.select(number).where(is_match, *within).order_by(ordered.desc()).limit(sa.bindparam("most"))


def _matching(dialect: str, texts: Texts) -> tuple[Any, Any, Any]:
    """The number of a document, whether it matches, and the number to order by."""
    if dialect == "sqlite":
        words: Any = sa.table(WORDS, sa.column("rowid", sa.Integer))
        number, ordered = words.c.rowid, words.c.rowid
        is_match = sa.literal_column(WORDS).op("MATCH", is_comparison=True)(_wanted())
    else:
        words = sa.table(WORDS, sa.column("document_id", sa.BigInteger), *(sa.column(one) for one in Texts))
        query = sa.func.to_tsquery(sa.literal_column("'pg_catalog.simple'"), _wanted())
        # Plus nothing, so that it starts at the index of words: from the newest document on it would read all of them
        # for a word that few have.
        number, ordered = words.c.document_id, words.c.document_id + 0
        is_match = words.c[texts].op("@@", is_comparison=True)(query)
    return number, is_match, ordered


def _wanted() -> sa.BindParameter[str]:
    return sa.bindparam("wanted", type_=sa.Text)


def _first_of(day: date) -> int:
    return (day - _EPOCH).days * _A_DAY


def _written(term: Term) -> Sequence[str]:
    """The forms of a word, and the word in every spelling that the index may have: names have no other forms."""
    return (*term.forms, *spellings_of(term.word)[1:])


def _starts(term: Term, has_starts: bool) -> Sequence[str]:
    return spellings_of(term.start) if has_starts and term.start else ()


# SQLite's language of FTS5.


def _fts5(match: Match) -> str:
    columns = _FTS5_COLUMNS[match.texts]
    wanted = [_tokens(f"kind{one}" for one in match.kinds)]
    if match.category:
        wanted.append(_tokens([category_token(match.category)]))
    if match.reference:
        wanted.append(_tokens([f"ref{match.reference}"]))
    wanted += [f'{columns} : "{one}"' for one in match.phrases]
    for part in match.parts:
        named = f"{columns} : ({' AND '.join(_fts5_term(one, match.has_starts) for one in part.terms)})"
        if part.categories and match.texts != Texts.PEOPLE:
            named = f"({named} OR {_tokens(map(category_token, part.categories))})"
        wanted.append(named)
    return " AND ".join(wanted)


def _fts5_term(term: Term, has_starts: bool) -> str:
    found = [f'"{form}"' for form in _written(term)] + [f'"{start}" *' for start in _starts(term, has_starts)]
    return f"({' OR '.join(found)})"


def _tokens(values: Iterable[str]) -> str:
    quoted = " OR ".join(f'"{one}"' for one in values)
    return f"tokens : ({quoted})"


# PostgreSQL's.


def _tsquery(match: Match) -> str:
    # Only reports have people: their kind is among the other words.
    wanted = [_any(f"kind{one}" for one in match.kinds)] if match.texts != Texts.PEOPLE else []
    if match.category:
        wanted.append(f"'{category_token(match.category)}'")
    if match.reference:
        wanted.append(f"'ref{match.reference}'")
    wanted += [" <-> ".join(f"'{word}'" for word in words_in(one)) for one in match.phrases]
    for part in match.parts:
        named = " & ".join(_tsquery_term(one, match.has_starts) for one in part.terms)
        if part.categories and match.texts != Texts.PEOPLE:
            named = f"({named}) | {_any(map(category_token, part.categories))}"
        wanted.append(f"({named})")
    return " & ".join(wanted)


def _tsquery_term(term: Term, has_starts: bool) -> str:
    starts = "".join(f" | '{start}':*" for start in _starts(term, has_starts))
    return _in_brackets(_written(term), starts)


def _in_brackets(forms: Sequence[str], starts: str) -> str:
    quoted = " | ".join(f"'{form}'" for form in forms)
    return f"({quoted}{starts})"


def _any(values: Iterable[str]) -> str:
    return _in_brackets(list(values), "")


def category_token(code: str) -> str:
    """A category as it stands among the tokens of a document."""
    return "cat" + code.replace("_", "")
