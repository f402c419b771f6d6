"""What was found in one mail: the deliveries, and in words what looks like one and could not be taken."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from tasking.intake.transports.address import MOST_BYTES
from tasking.intake.transports.containers import open_container
from tasking.intake.transports.mail_body import Body
from tasking.intake.transports.mail_links import NAMED
from tasking.intake.transports.names import Fit, Match, came_as, is_for_another_day, quoted_name, too_large
from tasking.model.delivery import FetchedFile, FetchResult

_DATA = re.compile(
    r"\.(csv|tsv|txt|json|jsonl|ndjson|xlsx?|xlsm|xlsb|ods|xml|zip|7z|rar|gz|tar|tgz|msg|eml|dat|pdf|docx?)$"
)
_DATA_KINDS = re.compile(
    r"(text/(csv|tab-separated|comma)|application/(json|vnd\.ms-excel|vnd\.openxmlformats.*sheet|csv))"
)
_SIGNATURE = re.compile(r"\.(p7s|asc|sig|pgp)$")


@dataclass
class MailFindings:
    """The deliveries of one mail so far. `most_bytes`: of each file; `bytes_left`: of all files together."""

    wanted: tuple[str, ...]
    feed: str
    most_bytes: int
    bytes_left: int
    files: list[FetchedFile] = field(default_factory=list)
    same_stem: list[FetchedFile] = field(default_factory=list)  # under another ending; used if `files` stays empty
    similar: list[str] = field(default_factory=list)
    wrapped: list[str] = field(default_factory=list)  # what may hold the delivery and can't be opened
    unrelated: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, wanted: Sequence[str], feed: str, most_bytes: int) -> "MailFindings":
        return cls(tuple(wanted), feed, most_bytes, max(most_bytes, MOST_BYTES))

    @property
    def count(self) -> int:
        return len(self.files) + len(self.same_stem)

    def take(self, name: str, found: Match, body: Body) -> None:
        """Takes a file of a wanted name, if it is within the limits."""
        content = body.content
        if len(content) > self.most_bytes:
            self.similar.append(quoted_name(name, too_large(len(content), self.most_bytes)))
            return
        if len(content) > self.bytes_left:
            self.similar.append(quoted_name(name, "the files in this mail are more than we take together"))
            return
        self.bytes_left -= len(content)
        notes = "; ".join(filter(None, (came_as(name, found.wanted), body.note)))
        into = self.same_stem if found.fit == Fit.SAME_STEM else self.files
        into.append(FetchedFile(found.wanted, content, notes, body.lacking))

    def unpack(self, name: str, found: Match, body: Body) -> None:
        """Takes the deliveries in a zip or gzip."""
        inside = open_container(
            name, body.content, self.wanted, self.most_bytes, body.lacking, in_all=self.bytes_left, feed=self.feed
        )
        self.bytes_left -= sum(len(file.content) for file in inside.files)
        self.files += [replace(file, note="; ".join(filter(None, (file.note, body.note)))) for file in inside.files]
        if found.fit == Fit.WRAPPED:
            self.similar += inside.not_taken
        elif not is_for_another_day(name, self.wanted):
            self.wrapped += inside.not_taken

    def name_others(self, name: str, found: Match, content_type: str) -> None:
        """Keeps the name of an attachment that may be the delivery under another name."""
        ending = name.casefold().strip()
        if found.fit in (Fit.SIMILAR, Fit.UNFINISHED):
            self.similar.append(quoted_name(name, "not the name that we ask for"))
        elif not name and _DATA_KINDS.match(content_type):
            self.wrapped.append("an attachment without a name")
        elif _DATA.search(ending) and not _SIGNATURE.search(ending) and not is_for_another_day(name, self.wanted):
            self.unrelated.append(quoted_name(name, "not the name that we ask for"))

    def result(self, names_all: bool) -> FetchResult:
        """The files, each once, and what is said of the others; see mail.files_in_mail for `names_all`."""
        files = self.files or self.same_stem
        distinct = {(file.name, file.content): file for file in reversed(files)}
        not_taken = list(self.similar)
        if not files:
            not_taken += [*self.wrapped, *(self.unrelated if names_all else ())]
        if not files and not not_taken and self.links:
            is_named = self.links[0].startswith(NAMED)
            whose = "a mail of the partner" if names_all else "a mail"
            not_taken += [f"{whose} has {self.links[0]} and no attachment"] if names_all or is_named else []
        return FetchResult(tuple(reversed(distinct.values())), tuple(dict.fromkeys(not_taken)))
