"""What each role can learn about restricted reports: a table for docs/desk.md. Exit 1 where it is more than nothing.

    make who-sees-what

Three districts have the same public reports; one has 50 restricted ones beside them, one has 50 others, one has none.
"""

import re
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

sys.path[:0] = [str(Path(__file__).resolve().parents[1])]

from conftest import ROOT  # noqa: E402
from leaks import leaks  # noqa: E402

from pages.test_who_sees_what import ROLES, public_names, restricted_names  # noqa: E402
from pages.walk import NAMING, Reader, naming, unknown_like  # noqa: E402
from pages.worlds import KINDS, World, make_world  # noqa: E402
from tasking.model.access import May  # noqa: E402

SECRETS, DAYS, TIMES = 50, 3, 40
PAGE, BEGIN, END = ROOT / "docs" / "desk.md", "<!-- who-sees-what: begin -->\n", "<!-- who-sees-what: end -->"
# What a day with more reports shows to everybody: figures of what came in, row by row counted (decision 0001).
_FIGURES = re.compile(
    r"rows|new reports|<td class=\"n\">|<rect class=\"b-|<text class=\"axis\"|Rows a day|held|Held|reports? came late|"
    r"earlier reports? changed|OVERNIGHT|Landed"
)  # fmt: skip


_QUESTIONS = "/incidents/confirm"
_FORMS_EVERY = 10


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        worlds = {kind: make_world(Path(folder) / kind, kind, SECRETS, DAYS) for kind in KINDS}
        these = worlds["these"]
        lines = [
            "| role | pages and files read | requests that name one of them | answered otherwise than for what is unknown |"
            " pages that differ from a district with 50 others | words of theirs found |"
            " figures of what came in that differ from a district with none | anything else that differs |",
            "| --- | --- | --- | --- | --- | --- | --- | --- |",
        ]
        found = 0
        known: dict[frozenset[May], tuple[int, ...]] = {}
        for role in [name for name in ROLES if name.startswith("Tasking")]:
            row = known.setdefault(ROLES[role], known.get(ROLES[role]) or _row(worlds, role))
            found += row[2] + row[3] + row[4] + row[6]
            lines.append(f"| {role} | " + " | ".join(f"{one:,}" for one in row) + " |")
        keeper = "\n".join(Reader.of(these.desk, frozenset(May), "keeper").everything(these.days).values())
        listed = sum(one in keeper for one in {*these.incidents, *these.proposals})
        counted = (
            f"{len(these.reports)} reports and {len(these.held)} held rows that are restricted, {len(these.companions)}"
        )
        lines += [
            "",
            f"{counted} reports that are so by their incident alone, restricted proposals: {len(these.proposals)}. People "
            f"with *restricted* and everything else find {listed} of the {len({*these.incidents, *these.proposals})} "
            "incidents and proposals by the same walk.",
            "",
            _times(these),
        ]
    shown = "\n".join(lines)
    text = PAGE.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    PAGE.write_text(f"{before}{BEGIN}{shown}\n{END}{rest.partition(END)[2]}", encoding="utf-8")
    sys.stdout.write(f"{shown}\n")
    return 1 if found else 0


def _row(worlds: dict[str, World], role: str) -> tuple[int, ...]:
    these = worlds["these"]
    shown = {kind: Reader.of(world.desk, ROLES[role], role).everything(world.days) for kind, world in worlds.items()}
    reader, public = Reader.of(these.desk, ROLES[role], role), public_names(these)
    asked = otherwise = 0
    for number, names in enumerate(restricted_names(these)):
        unknown = unknown_like(names, these.desk)
        for key in sorted(NAMING):
            if number % _FORMS_EVERY and not key.startswith(
                "GET"
            ):  # forms take long, and each is answered by one guard
                continue
            for one, other in zip(naming(key, names, public), naming(key, unknown, public), strict=True):
                asked += 1
                otherwise += reader.answer(*one, names) != reader.answer(*other, unknown)
    differ = [path for path in {*shown["these"], *shown["others"]}
              if shown["these"].get(path) != shown["others"].get(path)]  # fmt: skip
    wanted = {*these.words, *these.reports, *these.incidents, *these.held, *these.proposals, *these.taskings}
    words = leaks({path: text.encode() for path, text in shown["these"].items()}, wanted)
    figures, else_ = _against_none(shown["these"], shown["none"])
    for path in differ:
        sys.stderr.write(f"{role}: {path} is not the same beside other restricted reports\n")
    for line in else_:
        sys.stderr.write(f"{role}: {line[:300]}\n")
    return len(shown["these"]), asked, otherwise, len(differ), len(words), figures, len(else_)


def _against_none(these: dict[str, str], none: dict[str, str]) -> tuple[int, list[str]]:
    """Lines that differ in figures of what came in alone, how many; and all others."""
    these, none = (
        {path: text for path, text in some.items() if not path.startswith(_QUESTIONS)} for some in (these, none)
    )
    figures, others = 0, sorted(f"{path}: is in one alone" for path in these.keys() ^ none.keys())
    for path in sorted(these.keys() & none.keys()):
        mine, theirs = (_without_questions(text).splitlines() for text in (these[path], none[path]))
        if len(mine) != len(theirs):
            others.append(f"{path}: {len(mine)} lines against {len(theirs)}")
            continue
        for line, other in zip(mine, theirs, strict=True):
            if line == other:
                continue
            if _FIGURES.search(line) and _without_figures(line) == _without_figures(other):
                figures += 1
            else:
                others.append(f"{path}: {line}\n    {other}")
    return figures, others


def _without_questions(text: str) -> str:
    """Without how many questions there are (one for ten reports of the ledger), and that the reader looked at each."""
    lines = (line for line in text.splitlines() if "incident looked at" not in line and _QUESTIONS not in line)
    return re.sub(r"<b>\d+</b>possible duplicates?", "N possible duplicates", "\n".join(lines))


def _without_figures(line: str) -> str:
    return re.sub(r"\d[\d.,]*( and \d+ \w+)?", "N", re.sub(r"(\d) rows?\b", r"\1 row", line))


def _times(world: World) -> str:
    reader, names = Reader.of(world.desk, ROLES["Tasking officer"], "officer"), restricted_names(world)[0]
    unknown = unknown_like(names, world.desk)
    told = []
    for what, path in (("an incident", "/incidents/{incident}"), ("a held row", "/held/{held}"),
                       ("a proposal", "/groups/{proposal}")):  # fmt: skip
        taken: dict[str, list[float]] = {"restricted": [], "unknown": []}
        for _ in range(TIMES):
            for kind, some in (("restricted", names), ("unknown", unknown)):
                began = time.perf_counter()
                reader.send("GET", path.format(**some), {})
                taken[kind].append(1000 * (time.perf_counter() - began))
        told.append(f"{what} {median(taken['restricted']):.1f} and {median(taken['unknown']):.1f} ms")
    return f"404 for what is restricted and for what is unknown, median of {TIMES}: {'; '.join(told)}."


if __name__ == "__main__":
    sys.exit(main())
