"""What a reader gives: rows of text, what could not be read, and signals."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pandas as pd
from rapidfuzz import fuzz, process

from tasking.feeds.declaration import Feed
from tasking.model.delivery import quoted
from tasking.model.errors import DeliveryRefused

CELL_LIMIT = 131_072  # characters in a cell; no report is longer, and a file that has one is no delivery


@dataclass(frozen=True)
class Rows:
    """A delivery as text.

    `frame` has a string column for each column of the file; its index is the row number in the file (records are
    counted from 1, after the header). `defects` maps a row number to what is wrong with the row as such.
    """

    frame: pd.DataFrame
    defects: dict[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self.frame.empty


def text_frame(records: Sequence[Sequence[str | None]], columns: list[str]) -> pd.DataFrame:
    """Records as a frame of stripped text, numbered from 1; a blank cell is null."""
    frame = pd.DataFrame(records, columns=columns, dtype="str", index=pd.RangeIndex(1, len(records) + 1))
    for position in range(frame.shape[1]):
        stripped = frame.iloc[:, position].str.strip()
        frame.isetitem(position, stripped.mask(stripped == "").array)
    return frame


def check_header(feed: Feed, rows: Rows) -> Rows:
    """The rows with exactly the columns that the feed reads, or DeliveryRefused; an unknown column is a note."""
    found = list(rows.frame.columns)
    is_unread = rows.is_empty and not found
    missing = [] if is_unread else [name for name in feed.fields.columns if name not in found]
    if missing:
        raise DeliveryRefused(_missing_columns(feed, missing, found))
    twice = sorted({name for name in found if found.count(name) > 1})
    if twice:
        raise DeliveryRefused(f"{feed.feed}: column {_quoted(twice)} stands in the file more than once.")
    for name in found:
        if rows.frame[name].str.len().max() > CELL_LIMIT:
            raise DeliveryRefused(f'{feed.feed}: a cell under "{name[:60]}" has more than {CELL_LIMIT:,} characters.')
    notes = list(rows.notes)
    unknown = [name for name in found if name not in feed.columns]
    if unknown:
        theirs = ", ".join(map(quoted, unknown[:5]))
        notes.append(f"{len(unknown)} column(s) that the declaration does not know were left out: {theirs}")
    return replace(rows, frame=rows.frame.reindex(columns=feed.fields.columns).astype("str"), notes=tuple(notes))


def _missing_columns(feed: Feed, missing: list[str], found: list[str]) -> str:
    if len(missing) * 2 > len(feed.fields.columns):
        # Then the line is probably no header at all but somebody's data: it is not quoted.
        return (
            f"{feed.feed}: the header was expected to have {len(feed.columns)} columns such as "
            f"{_quoted(feed.fields.columns[:3])}, and the file has {len(feed.fields.columns) - len(missing)} of them. "
            f"This may be another export; ask {feed.partner}."
        )
    new = [name for name in found if name not in feed.columns]
    told = []
    for name in missing:
        likely = process.extractOne(name, new, scorer=fuzz.token_set_ratio, score_cutoff=40)
        told.append(f'column "{name}" is missing' + (f'; the file has "{likely[0][:60]}"' if likely else ""))
    return (
        f"{feed.feed}: {'. '.join(told)}. If {feed.partner} renamed it, change fields in "
        f"include/feeds/{feed.feed}.yml and receive the day again."
    )


def _quoted(names: list[str]) -> str:
    shown = ", ".join(f'"{name[:60]}"' for name in names[:5])
    return shown + (f" and {len(names) - 5} more" if len(names) > 5 else "")
