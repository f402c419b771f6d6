"""The structure of a message (runs, lines, parts, replies) and functions that keep it short."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NamedTuple

from tasking.model.proposal import Verb

REPLY_LIMIT: Final = 2800
_INVISIBLE: Final = re.compile(
    "[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb]|[\x00-\x09\x0b-\x1f\x7f-\x9f]"
)


class Tone(StrEnum):
    PLAIN = "plain"
    ALERT = "alert"
    GOOD = "good"


class Run(NamedTuple):
    """Plain text, never markup. `link` is an address on our own desk."""

    text: str
    is_bold: bool = False
    link: str | None = None


class Line(NamedTuple):
    runs: tuple[Run, ...]
    is_item: bool = False

    @property
    def size(self) -> int:
        return sum(len(run.text) for run in self.runs) + 1


class Part(NamedTuple):
    """A group of lines. Buttons act on `proposal_id`."""

    key: str
    lines: tuple[Line, ...]
    tone: Tone = Tone.PLAIN
    proposal_id: str = ""
    buttons: tuple[Verb, ...] = ()


@dataclass(frozen=True)
class Reply:
    """A message in the thread, or a section of a mail. `key` identifies it in every version."""

    key: str
    title: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Digest:
    """A whole message. `summary` is for notifications and screen readers."""

    title: str
    strapline: str
    summary: str
    parts: tuple[Part, ...]
    foot: tuple[str, ...]
    replies: tuple[Reply, ...]

    @property
    def text(self) -> str:
        """The message as plain text."""
        lines = ["".join(run.text for run in one.runs) for part in self.parts for one in part.lines]
        return "\n".join([self.title, *([self.strapline] if self.strapline else []), *lines, *self.foot])

    @property
    def size(self) -> int:
        """The characters that people read, without the replies."""
        words = sum(one.size for part in self.parts for one in part.lines)
        return words + len(self.title) + len(self.strapline) + sum(map(len, self.foot))


def clean(text: str) -> str:
    """Text without invisible characters: bidirectional marks, zero-width and control characters."""
    return _INVISIBLE.sub("", text)


def cut(text: str, limit: int) -> str:
    """Clean text of at most `limit` characters, cut between words."""
    text = " ".join(clean(text).split())
    if len(text) <= limit:
        return text
    head = text[: limit - 1]
    return (head.rsplit(" ", 1)[0] if " " in head[limit // 2 :] else head) + "…"


def plural(count: int, word: str, words: str | None = None) -> str:
    """`1 incident`, `2 incidents`."""
    return f"{count} {word if count == 1 else words or word + 's'}"


def span(usual: tuple[int, int]) -> str:
    """`1 to 4`; `2` or `none` if both ends are the same."""
    if usual[0] == usual[1]:
        return str(usual[0] or "none")
    return f"{usual[0]} to {usual[1]}"


def short_day(day: date) -> str:
    """`Thu 22 Oct`."""
    return f"{day:%a} {day.day} {day:%b}"


def line(*runs: Run | str, is_item: bool = False) -> Line:
    """A line of runs and plain text, cleaned."""
    return Line(tuple(run if isinstance(run, Run) else Run(clean(run)) for run in runs), is_item)


def bold(text: str) -> Run:
    """A bold run."""
    return Run(clean(text), is_bold=True)


def more(count: int, link: str | None, what: str = "below") -> Line:
    """`and 3 more below`, or `and 3 more on the desk` with a link."""
    return line(Run(f"and {count} more {'on the desk' if link else what}", link=link))


def within(lines: Sequence[Line], room: int, link: str | None = None) -> tuple[Line, ...]:
    """As many lines as fit into `room` characters, at least one; then how many more there are."""
    kept: list[Line] = []
    left = room - 30
    for number, one in enumerate(lines):
        if one.size > left and kept:
            return (*kept, more(len(lines) - number, link))
        kept.append(_shortened(one, left))
        left -= kept[-1].size
    return tuple(kept)


def _shortened(one: Line, room: int) -> Line:
    runs, left = [], max(room, 12)
    for run in one.runs:
        if left <= 1:
            break
        text = run.text if len(run.text) <= left else cut(run.text, left)
        runs.append(run._replace(text=text))
        left -= len(text)
    return one._replace(runs=tuple(runs))


def joined(items: Sequence[str], most: int, room: int) -> str:
    """`Noise 3 · Fly-tip 2 · and 4 more`: whole items only, unless the first alone is too long."""
    kept: list[str] = []
    for item in items[:most]:
        if kept and sum(map(len, kept)) + 3 * len(kept) + len(item) > room - 20:
            break
        kept.append(cut(item, room - 20))
    return " · ".join([*kept, *([f"and {len(items) - len(kept)} more"] if len(items) > len(kept) else [])])


def packed(key: str, title: str, lines: Sequence[Line], most: int, link: str | None) -> list[Reply]:
    """The lines in as many replies as they need, at most `most`; the last says how many more lines there are."""
    pages: list[list[Line]] = []
    size = REPLY_LIMIT
    for number, one in enumerate(lines):
        if size + one.size > REPLY_LIMIT - 60:
            if len(pages) == most:
                pages[-1].append(more(sum(rest.is_item for rest in lines[number:]), link, "on the desk"))
                break
            pages.append([])
            size = 0
        pages[-1].append(one)
        size += one.size
    of = f" ({{}} of {len(pages)})" if len(pages) > 1 else ""
    return [
        Reply(f"{key}-{number}", title + of.format(number), (Part(key, tuple(page)),))
        for number, page in enumerate(pages, 1)
    ]
