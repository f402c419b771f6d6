"""Records the inputs of a briefing in a form that later code can compare: has anything changed except the code?

A stored version keeps the queries it was composed from, with their parameters and a hash of each result. When the day
is run again and the composed briefing differs, the same queries are run again: if their results are the same, only the
code's wording has changed and the stored version stays in force. Composing reads nothing except through these queries,
so no input can be missed.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

import structlog

from tasking.briefing.compose import BriefingInputs
from tasking.config.desk_feed import DESK
from tasking.model.errors import traceback_without_values

_SCHEMA: Final = 3
# Parts of partnership.yml that composing does not read directly: their effects show in the query results.
_ANSWERING: Final = {"lapse_after", "escalate_after", "lead", "case_reviews", "analyst", "senior", "restricted"}
_NOT_READ: Final[Mapping[str, Any]] = {
    **dict.fromkeys(("channels", "retention", "callers", "area", "recipients", "chair", "attendees"), True),
    # Read since schema 3: see _since_schema_3.
    **dict.fromkeys(("follow_ups", "case_reviews"), True),
    "taskings": _ANSWERING,
}
log = structlog.get_logger(__name__)


class InputRecorder:
    """Briefing inputs whose queries are recorded.

    `meeting`: the records behind the decisions and open taskings among the inputs, as plain values.
    """

    def __init__(self, inputs: BriefingInputs, meeting: Sequence[Any] = ()) -> None:
        self.inputs = replace(inputs, query=self._query)
        self._source = inputs
        self._meeting = _hash([meeting, sorted(inputs.already_tasked)])
        self._answers: dict[str, dict[str, Any]] = {}

    def record(self) -> dict[str, Any]:
        """What is stored with the version, as JSON."""
        answers = [self._answers[key] for key in sorted(self._answers)]
        kept = {"schema": _SCHEMA, "answers": answers, "meeting": self._meeting, "declared": self._declared()}
        return kept | self._since_schema_3()

    def is_unchanged_since(self, record: Any) -> bool:
        """True if every recorded input of a version is the same now; False also if no comparable record was stored."""
        if not isinstance(record, dict) or record.get("meeting") != self._meeting:
            return False
        if record.get("declared") != self._declared() or not record.get("answers"):
            return False
        if any(record.get(name, value) != value for name, value in self._since_schema_3().items()):
            return False
        return all(self._has_same_result(answer) for answer in record["answers"])

    def _since_schema_3(self) -> dict[str, Any]:
        """What a version of an older schema was not made from, and so does not record."""
        harm = self._source.harm.model_dump(mode="json", exclude_unset=True)
        taskings = self._source.partnership.taskings.model_dump(mode="json", exclude_unset=True, include=_ANSWERING)
        reviews = [one.model_dump(mode="json") for one in self._source.case_reviews]
        return {
            "harm": _hash(harm), "waiting": self._source.waiting_taskings, "case_reviews": _hash(reviews),
            "taskings": _hash(taskings), "settled": _hash(sorted(self._source.settled_taskings)),
        }  # fmt: skip

    def _query(self, name: str, **parameters: Any) -> list[dict[str, Any]]:
        rows = self._source.query(name, **parameters)
        columns = sorted({column for row in rows for column in self._comparable(row)})
        call = {"query": name, "parameters": {key: _encoded(value) for key, value in sorted(parameters.items())}}
        self._answers[json.dumps(call)] = {**call, "columns": columns, "rows": self._hash_of(rows, columns)}
        return rows

    def _has_same_result(self, answer: Mapping[str, Any]) -> bool:
        """True if a recorded query has the same result now, in the columns that it had."""
        try:
            parameters = {key: _decoded(value) for key, value in answer["parameters"].items()}
            rows = self._source.query(answer["query"], **parameters)
            return bool(self._hash_of(rows, answer["columns"]) == answer["rows"])
        except Exception as error:  # the query or a column no longer exists: that counts as a change
            log.warning("an edition's query can't be asked again", where=traceback_without_values(error))
            return False

    def _hash_of(self, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> str:
        comparable = [self._comparable(row) for row in rows]
        return _hash([[row[column] for column in columns] for row in comparable])

    def _comparable(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """A row with `asked_at`, which differs with every look, replaced by whether the delivery was due by then."""
        if "asked_at" not in row:
            return dict(row)
        is_due = row["asked_at"] >= self._source.partnership.due_at(row["day"])
        return {**{key: value for key, value in row.items() if key != "asked_at"}, "is_asked_when_due": is_due}

    def _declared(self) -> str:
        """A hash of what the declarations set, without defaults that a newer version adds. By alias: a key that has
        another name since counts as unchanged."""
        partnership = self._source.partnership.model_dump(
            mode="json", by_alias=True, exclude_unset=True, exclude=dict(_NOT_READ)
        )
        partners = {feed: partner for feed, partner in self._source.partners.items() if feed != DESK}
        return _hash([partnership, partners, dict(self._source.labels)])


def _hash(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


_TYPES: Final[dict[str, Callable[[str], Any]]] = {"time": datetime.fromisoformat, "date": date.fromisoformat}


def _encoded(value: Any) -> Any:
    if isinstance(value, datetime):
        return {"time": value.isoformat()}
    return {"date": value.isoformat()} if isinstance(value, date) else value


def _decoded(value: Any) -> Any:
    if isinstance(value, dict):
        ((kind, text),) = value.items()
        return _TYPES[kind](text)
    return value
