"""Checks a feed's declaration by reading its sample, for the person who adds a feed."""

from dataclasses import dataclass
from pathlib import Path

from tasking.config.faults import Source, fault_in
from tasking.config.feed import Feed, load_feed
from tasking.config.layers import Include
from tasking.config.partnership_file import load_partnership
from tasking.config.yaml_file import declared_text, shown_name
from tasking.intake.headings import merge_headings
from tasking.intake.normalise import normalise
from tasking.intake.pseudonyms import Pseudonyms
from tasking.intake.readers import read_rows
from tasking.intake.report_checks import check_rows
from tasking.model.errors import DeclarationError, TaskingError
from tasking.places import load_gazetteer
from tasking.runtime.local import load_suites, open_conventions


@dataclass(frozen=True)
class FeedCheck:
    feed: str
    is_sound: bool
    words: str


def check_feeds(include: Include, names: list[str]) -> list[FeedCheck]:
    """Checks the named feeds, or all. Raises DeclarationError for a name that is not declared."""
    declared = {path.stem: path for path in include.all("feeds", "*.yml")}
    for name in names:
        if name not in declared:
            raise DeclarationError(f"there is no include/feeds/{name}.yml; declared are: {', '.join(declared)}")
    return [_checked(include, declared[name]) for name in names or declared]


def _checked(include: Include, path: Path) -> FeedCheck:
    try:
        words = _sample_words(include, path)
    except TaskingError as error:
        return FeedCheck(path.stem, False, str(error))
    return FeedCheck(path.stem, True, words)


def _sample_words(include: Include, path: Path) -> str:
    feed = load_feed(path)
    suites = load_suites(include, {feed.feed: feed})[feed.feed]
    partnership = load_partnership(include)
    conventions = open_conventions(include, partnership, Pseudonyms("sample", bytes(32)))
    taken = normalise(feed, read_rows(feed, _sample(path, feed)), feed.sample_day, conventions)
    reports = load_gazetteer(include).located(taken.reports)
    checked = check_rows(feed, reports, taken.raw, suites)
    accepted = merge_headings(feed, reports.drop(index=list(checked.reasons)), taken.raw)
    if accepted.empty:
        raise DeclarationError(
            f"{feed.feed}: no row of the sample passes: {next(iter(checked.reasons.values()), 'it has none')}"
        )
    parts = [f"{len(taken.raw)} rows, {len(accepted)} reports, {len(checked.reasons)} held"]
    parts += [f"row {number}: {reason}" for number, reason in checked.reasons.items()]
    parts += [*taken.notes, *checked.notes]
    if feed.feed not in partnership.feeds:
        parts.append("feeds in include/partnership.yml does not name it, so it is not checked")
    return "; ".join(parts)


def _sample(path: Path, feed: Feed) -> bytes:
    sample = path.parent / feed.sample
    if not sample.is_file():
        source = Source(shown_name(path), declared_text(path))
        raise DeclarationError.of([fault_in(source, "sample", f"there is no include/feeds/{feed.sample}")])
    return sample.read_bytes()
