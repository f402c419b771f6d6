"""Lists that are too long to be read whole for a page: incidents, held rows.

By day they come a page at a time, from after the last row of the page before. In another order they are sorted by the
database, up to a number of rows that keeps a page quick; with more, the page says so and stays by day.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from fastapi import Request

from tasking.model.errors import TaskingError
from tasking.pages.list_view import ShownList, count_words, shown_page
from tasking.pages.lists import Asked, DeskList, Reader, address, asked_of, is_known
from tasking.pages.pagination import cursor_of
from tasking.warehouse.pagination import Cursor

COUNTED: Final = 500  # rows that a page counts; more are "more than 500"
SORTED: Final = 10_000  # rows that may be sorted by something other than their day
_AT_ONCE: Final = 1_000  # rows read at once for a file


@dataclass(frozen=True)
class BigList:
    """How a long list is read. `page`: some rows by day, from after a cursor on. `count`: of the rows, up to a number.

    `in_order`: the rows of a span of the list in the order asked for, with how many there are; None for more than a
    number. `cursor`: of a row.
    """

    desk_list: DeskList
    page: Callable[[Reader, Asked, Cursor | None, int], Sequence[Any]]
    count: Callable[[Reader, Asked, int], int]
    in_order: Callable[[Reader, Asked, range, int], tuple[Sequence[Any], int] | None]
    cursor: Callable[[Any], Cursor]

    def show(self, request: Request, reader: Reader) -> ShownList:
        """A page of the list."""
        asked = asked_of(self.desk_list, reader, request.query_params)
        cursor_of(asked.after)  # an address that none of our pages has is refused in any order
        return self._by_day(request, reader, asked) if self._is_by_day(asked) else self._sorted(request, reader, asked)

    def read(self, reader: Reader, asked: Asked) -> Iterator[Any]:
        """Every row that fits, in the order asked for. Raises TaskingError where there are too many to sort."""
        if not self._is_by_day(asked):
            found = self.in_order(reader, asked, range(SORTED), SORTED)
            if found is None:
                raise TaskingError(self._too_many(reader, asked))
            yield from found[0]
            return
        after: Cursor | None = None
        while True:
            rows = self.page(reader, asked, after, _AT_ONCE)
            yield from rows
            if len(rows) < _AT_ONCE:
                return
            after = self.cursor(rows[-1])

    def _is_by_day(self, asked: Asked) -> bool:
        return asked.sort_key == self.desk_list.sort.removeprefix("-")

    def _by_day(self, request: Request, reader: Reader, asked: Asked) -> ShownList:
        desk_list, size, after = self.desk_list, self.desk_list.page_rows, cursor_of(asked.after)
        found: Sequence[Any] = []
        counted = 0
        if is_known(desk_list.filters_for(reader), asked):
            found = self.page(reader, asked, after, size + 1)
            counted = self.count(reader, asked, COUNTED + 1)
        path, start = request.url.path, asked.start if after else 0
        older = None
        if len(found) > size:
            last = self.cursor(found[size - 1])
            older = address(path, desk_list, asked, after=f"{last.day}~{last.key}", start=start + size)
        words = count_words(
            desk_list, start, len(found[:size]), min(counted, COUNTED), is_more=counted > COUNTED
        )  # fmt: skip
        return replace(
            shown_page(request, desk_list, reader, asked, found[:size]),
            count_words=words, older=older, newest=address(path, desk_list, asked) if after else None,
        )  # fmt: skip

    def _sorted(self, request: Request, reader: Reader, asked: Asked) -> ShownList:
        desk_list, size, start = self.desk_list, self.desk_list.page_rows, asked.start
        found: tuple[Sequence[Any], int] | None = [], 0
        if is_known(desk_list.filters_for(reader), asked):
            found = self.in_order(reader, asked, range(start, start + size), SORTED)
        if found is None:
            by_day = self._by_day(request, reader, replace(asked, sort=desk_list.sort))
            return replace(by_day, note=self._too_many(reader, asked))
        rows, total = found
        path = request.url.path
        return replace(
            shown_page(request, desk_list, reader, asked, rows),
            count_words=count_words(desk_list, start, len(rows), total),
            older=address(path, desk_list, asked, start=start + size) if total > start + size else None,
            newest=address(path, desk_list, asked) if start else None,
        )

    def _too_many(self, reader: Reader, asked: Asked) -> str:
        columns = self.desk_list.columns_for(reader)
        heading = next(one.heading for one in columns if one.key == asked.sort_key)
        most = f"{SORTED:,} {self.desk_list.nouns}"
        return f"There are more than {most}. Use filters to make the list shorter, then sort it by {heading}."
