"""Sample deliveries, the columns in them, and where each row stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import pandas as pd

from tasking.config.feed import Feed, File
from tasking.config.feed_columns import Fields, TimeColumns
from tasking.config.feed_delivery import Delivery, LocalTransport

ENDINGS: Final = {"csv": "csv", "json": "json", "jsonl": "jsonl", "xlsx": "xlsx"}


@dataclass(frozen=True)
class SampleFile:
    """A delivery as a partner sent it. `name`: its file name, without a folder."""

    name: str
    content: bytes


@dataclass(frozen=True)
class RawRow:
    """`number`: the line of the file, the row of the sheet or the number of the record, from 1."""

    number: int
    cells: tuple[str | None, ...]

    @property
    def filled(self) -> list[str]:
        return [cell.strip() for cell in self.cells if cell and cell.strip()]


@dataclass(frozen=True)
class Shape:
    """How a file is laid out. `columns`: their names, in the order of the file.

    `unit`: what rows are counted in (line, row, record). `findings`: what was found, in words, by key of `file`.
    """

    file: File
    columns: tuple[str, ...]
    unit: str
    findings: dict[str, str]


@dataclass(frozen=True)
class Sheet:
    """The rows of all samples. `frame`: a text column for each column, blank cells null, all files one after another.

    `lines`: for each row of the frame its file and its number in it. `shape`: of the last file.
    """

    frame: pd.DataFrame
    shape: Shape
    files: tuple[SampleFile, ...]
    lines: tuple[tuple[str, int], ...]

    def where(self, row: int) -> str:
        """Where a row of the frame stands: `line 7`, with its file if there are several."""
        name, number = self.lines[row]
        words = f"{self.shape.unit} {number}"
        return f"{name}, {words}" if len(self.files) > 1 else words


def probe_feed(name: str, partner: str, file: File, columns: Sequence[str]) -> Feed:
    """A declaration that reads every column as text, so that a sample is read as its deliveries will be."""
    first = columns[0] if columns else "column 1"
    return Feed(
        feed=name,
        partner=partner,
        contact=partner,
        delivery=Delivery(name=f"{name}-{{day:%Y}}.csv", transport=LocalTransport(kind="folder", path=name)),
        file=file,
        fields=Fields(
            source_ref=first,
            received_at=TimeColumns(columns=[first], formats=["iso8601"]),
            category=first,
            text=list(columns) or [first],
        ),
        sample="",
        sample_day=date(2026, 1, 1),
    )
