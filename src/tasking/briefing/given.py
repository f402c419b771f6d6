"""What a briefing was composed from, in a form that later code can compare: has anything changed but the code?

An edition keeps the queries that were asked for it, with their parameters and a hash of the answers. When the day is
run again and other words come out, the same queries are asked again: the same answers mean that the code words things
otherwise now, and the stored edition stands. So nothing that composing reads can be forgotten here, whatever it is.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

import structlog

from tasking.briefing.compose import Facts
from tasking.model.errors import traceback_without_values

_SCHEMA: Final = 2
# Parts of partnership.yml that composing does not read; what follows from them is among the answers.
_NOT_READ: Final = {"channels", "retention", "callers", "area"}
log = structlog.get_logger(__name__)


class Given:
    """Facts that remember what they were asked. `meeting`: records that the decisions and open taskings among the facts
    were worded from, as plain values."""

    def __init__(self, facts: Facts, meeting: Sequence[Any] = ()) -> None:
        self.facts = replace(facts, ask=self._ask)
        self._source = facts
        self._meeting = _hash([meeting, sorted(facts.tasked)])
        self._answers: dict[str, dict[str, Any]] = {}

    def recorded(self) -> dict[str, Any]:
        """What is kept with the edition, as JSON."""
        answers = [self._answers[key] for key in sorted(self._answers)]
        return {"schema": _SCHEMA, "answers": answers, "meeting": self._meeting, "declared": self._declared()}

    def is_as_recorded(self, kept: Any) -> bool:
        """True where everything that an edition was composed from is as it was. False too where nothing was kept of it,
        or not in a form that we can compare."""
        if not isinstance(kept, dict) or kept.get("meeting") != self._meeting:
            return False
        if kept.get("declared") != self._declared() or not kept.get("answers"):
            return False
        return all(self._is_answered_alike(one) for one in kept["answers"])

    def _ask(self, name: str, **parameters: Any) -> list[dict[str, Any]]:
        rows = self._source.ask(name, **parameters)
        columns = sorted({column for row in rows for column in self._comparable(row)})
        asked = {"query": name, "parameters": {key: _written(value) for key, value in sorted(parameters.items())}}
        self._answers[json.dumps(asked)] = {**asked, "columns": columns, "rows": self._hash_of(rows, columns)}
        return rows

    def _is_answered_alike(self, kept: Mapping[str, Any]) -> bool:
        """True where a query that was asked for an edition has the same answer now, in the columns that it had."""
        try:
            parameters = {key: _read(value) for key, value in kept["parameters"].items()}
            rows = self._source.ask(kept["query"], **parameters)
            return bool(self._hash_of(rows, kept["columns"]) == kept["rows"])
        except Exception as error:  # the query, a column or the form is gone: then nobody can tell, and the day is news
            log.warning("an edition's query can't be asked again", where=traceback_without_values(error))
            return False

    def _hash_of(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
        told = [self._comparable(row) for row in rows]
        return _hash([[row[column] for column in columns] for row in told])

    def _comparable(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A row without the time at which a feed was asked, which is another each time: whether it was due counts."""
        if "asked_at" not in row:
            return dict(row)
        is_due = row["asked_at"] >= self._source.partnership.due_at(row["day"])
        return {**{key: value for key, value in row.items() if key != "asked_at"}, "is_asked_when_due": is_due}

    def _declared(self) -> str:
        """Of what the declarations say, and not of what a newer version adds to them by itself."""
        partnership = self._source.partnership.model_dump(mode="json", exclude_unset=True, exclude=_NOT_READ)
        return _hash([partnership, dict(self._source.partners), dict(self._source.labels)])


def _hash(value: Any) -> str:
    spelt = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(spelt.encode()).hexdigest()


_TYPES: Final[dict[str, Callable[[str], Any]]] = {"time": datetime.fromisoformat, "date": date.fromisoformat}


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    return {"date": value.isoformat()} if isinstance(value, date) else value


def _read(value: Any) -> Any:
    if isinstance(value, dict):
        ((kind, text),) = value.items()
        return _TYPES[kind](text)
    return value
