"""The result of a reader: rows of text, their defects, and notes."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import translate

import pandas as pd
from rapidfuzz import fuzz, process

from tasking.config.feed import Feed
from tasking.intake.readers.encoding import UNREADABLE, encoding_name
from tasking.model.delivery import quoted
from tasking.model.errors import DeliveryRefused
from tasking.model.text import clean, fold

CELL_LIMIT = 131_072  # characters in a cell
_LIKELY = 60  # percent: how similar an unknown column's name is to a missing one that may have been renamed

Row = Sequence[str | None]


@dataclass(frozen=True)
class Rows:
    """A delivery as text.

    `frame` has a string column for each column of the file; its index is the row number, from 1 after the header,
    without blank rows. `defects`: row number -> why the row can't be read. `ignored`: the number of rows that the feed
    declares not to be reports. `lacking`: why we know that the file is incomplete. `is_keyed`: records name their own
    columns (JSON), so a key may be left out; `unknown`: their undeclared keys, which are not in the frame.
    """

    frame: pd.DataFrame
    defects: dict[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    ignored: int = 0
    lacking: str = ""
    is_keyed: bool = False
    unknown: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self.frame.empty


def frame_of(
    feed: Feed, records: Sequence[Row], columns: list[str], defects: dict[int, str], *, is_clean: bool = False
) -> pd.DataFrame:
    """Records as a frame of stripped text, numbered from 1; a blank cell is null.

    Characters that databases can't store are removed, unless `is_clean` says that there are none. Adds to `defects` the
    rows with a cell that could not be decoded or is longer than CELL_LIMIT.
    """
    if not is_clean:
        records = [[cell and clean(cell) for cell in record] for record in records]
    frame = pd.DataFrame(records, columns=columns, dtype="str", index=pd.RangeIndex(1, len(records) + 1))
    read = {fold(name).casefold() for name in feed.read_columns}
    for at, name in enumerate(columns):
        cells = frame.iloc[:, at].str.strip()
        if fold(name).casefold() in read:
            if cells.str.len().max() > CELL_LIMIT:
                is_long = cells.str.len() > CELL_LIMIT
                words = f'unreadable: a cell under "{name}" has more than {CELL_LIMIT:,} characters'
                defects |= dict.fromkeys(cells.index[is_long].tolist(), words)
                cells = cells.where(~is_long, cells.str.slice(0, CELL_LIMIT))
            if not is_clean and (is_odd := cells.str.contains(UNREADABLE, regex=False).eq(True)).any():
                words = f'unreadable: a character under "{name}" is not {encoding_name(feed)}'
                defects |= dict.fromkeys(cells.index[is_odd].tolist(), words)
        if not is_clean:
            cells = cells.str.replace(UNREADABLE, "\ufffd", regex=False)
        frame.isetitem(at, cells.mask(cells == "").array)
    return frame


def ignored_by(feed: Feed) -> Callable[[Sequence[str | None]], bool]:
    """A function that says whether a row is declared not to be a report.

    From its first cell; or from the first that is not blank if at least half of them are, as in a row of totals.
    """
    if not feed.file.ignored_rows:
        return lambda _cells: False
    pattern = re.compile("|".join(translate(fold(one).casefold()) for one in feed.file.ignored_rows))

    def is_ignored(cells: Sequence[str | None]) -> bool:
        first = cells[0] if cells else None
        if not first or not first.strip():
            filled = [cell for cell in cells if cell and cell.strip()]
            first = filled[0] if filled and 2 * len(filled) <= len(cells) else None
        return bool(pattern.match(fold(first or "", 200).casefold()))

    return is_ignored


def two_row_names(groups: Sequence[str | None], names: Sequence[str | None]) -> list[str]:
    """The names of columns from two header rows: a group stands in the first of its columns, above their names.

    `Incident` above `Date` and `Time` makes `Incident Date` and `Incident Time`; a column with a name in one of the
    rows only has that name.
    """
    found: list[str] = []
    group = ""
    for at in range(max(len(groups), len(names))):
        above = (groups[at] if at < len(groups) else None) or ""
        below = (names[at] if at < len(names) else None) or ""
        above, below = " ".join(above.split()), " ".join(below.split())
        if above:
            group = above
        if not below:
            found.append(above)
            group = ""
        else:
            found.append(f"{group} {below}".strip())
    return found


def check_header(feed: Feed, rows: Rows) -> Rows:
    """The rows with exactly the columns that the feed reads; an unknown column is a note.

    Raises DeliveryRefused where a column is missing, or is in the file more than once.
    """
    rows = replace(rows, frame=_rename_by_spelling(feed, rows.frame))
    found = list(rows.frame.columns)
    unknown = [*rows.unknown, *(name for name in found if not feed.declares(name))]
    notes = list(rows.notes)
    if missing := _missing(feed, rows, found):
        if not rows.is_keyed or _is_renamed(feed, missing, unknown):
            raise _missing_columns(feed, missing, [*found, *rows.unknown])
        notes.append(f"{len(missing)} key(s) that no record has, read as empty: {_quoted(missing)}")
    twice = sorted({name for name in found if found.count(name) > 1} & set(feed.columns))
    if twice:
        raise DeliveryRefused(f"{feed.feed}: column {_quoted(twice)} is in the file more than once.")
    if unknown:
        theirs = ", ".join(map(quoted, unknown[:5]))
        notes.append(f"{len(unknown)} column(s) that the declaration does not list were left out: {theirs}")
    frame = rows.frame.loc[:, [name for name in found if name in feed.read_columns]]
    return replace(rows, frame=frame.reindex(columns=feed.read_columns).astype("str"), notes=tuple(notes))


def _missing(feed: Feed, rows: Rows, found: list[str]) -> list[str]:
    """The columns that are read and are not in the file; none for a file without any column and row."""
    if rows.is_empty and not found:
        return []
    return [name for name in feed.fields.columns if name not in found]


def _is_renamed(feed: Feed, missing: list[str], unknown: list[str]) -> bool:
    """Whether a missing key may have been renamed, so that its values would be lost if it were read as empty."""
    return any((unknown and name in feed.fields.required_columns) or _likely(name, unknown) for name in missing)


def _rename_by_spelling(feed: Feed, frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with columns renamed to their declared names if they differ only in case or spaces."""
    found = list(frame.columns)
    missing = {fold(name).casefold(): name for name in feed.fields.columns if name not in found}
    spelt = {
        name: missing[key] for name in found if not feed.declares(name) and (key := fold(name).casefold()) in missing
    }
    return frame.rename(columns=spelt) if len(set(spelt.values())) == len(spelt) else frame


def _likely(name: str, candidates: list[str]) -> str | None:
    """The candidate that may be the column `name`, renamed."""
    likely = process.extractOne(
        name.rpartition(".")[2].casefold(),
        {one: one.rpartition(".")[2].casefold() for one in candidates},
        scorer=fuzz.token_set_ratio,
        score_cutoff=_LIKELY,
    )
    return likely[2] if likely else None


def _missing_columns(feed: Feed, missing: list[str], found: list[str]) -> DeliveryRefused:
    if len(missing) * 2 > len(feed.fields.columns):
        # The line is probably not a header but a report, so it is not quoted.
        return DeliveryRefused(
            f"{feed.feed}: the header was expected to have {len(feed.columns)} columns such as "
            f"{_quoted(feed.fields.columns[:3])}, and the file has {len(feed.fields.columns) - len(missing)} of them. "
            f"This may be another export; ask {feed.partner}."
        )
    new = [name for name in found if not feed.declares(name)]
    problems = []
    for name in missing:
        likely = process.extractOne(name, new, scorer=fuzz.token_set_ratio, score_cutoff=40)
        problems.append(f'column "{name}" is missing' + (f"; the file has {quoted(likely[0])}" if likely else ""))
    return DeliveryRefused(
        f"{feed.feed}: {'. '.join(problems)}.",
        f"if {feed.partner} renamed it, change fields in include/feeds/{feed.feed}.yml and receive the day again.",
    )


def _quoted(names: list[str]) -> str:
    shown = ", ".join(f'"{name[:60]}"' for name in names[:5])
    return shown + (f" and {len(names) - 5} more" if len(names) > 5 else "")
