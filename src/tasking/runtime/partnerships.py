"""Several partnerships in one deployment: checks of their declarations, and running a day of all of them."""

from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from datetime import date
from pathlib import Path

import structlog

from tasking.config.feed import Feed, load_feeds
from tasking.config.partnership_file import check_feeds_are_declared, load_partnership
from tasking.model.errors import DeclarationError, TaskingError, traceback_without_values
from tasking.model.partnership import Channels, Partnership
from tasking.runtime.district_check import district_faults, inherited_names, shared_sources
from tasking.runtime.settings import Settings
from tasking.warehouse.visibility import FULL_VISIBILITY

log = structlog.get_logger(__name__)

_WORDS_SHOWN = 5
_KINDS = ("briefing", "fallback", "weekly", "ops", "restricted")


def declaration_faults(settings: Settings) -> list[str]:
    """Faults of the declarations, in words: an invalid one, one that does not fit its district, or a channel address
    that two partnerships share. Where there is one partnership alone, its own."""
    found, used = [], defaultdict(set)
    for name in _names(settings):
        of = f"{name}: " if name else ""
        try:
            partnership, faults = _checked(settings.of(name))
        except DeclarationError as error:
            found.append(f"{of}{error}")
            continue
        found += [f"{of}{fault}" for fault in faults]
        for address in _addresses(partnership.channels):
            used[address].add(name or "")
    shared = {address: sorted(names) for address, names in used.items() if len(names) > 1}
    return found + [
        f"{', '.join(names)} would all post to {address}. Give each its own under channels"
        for address, names in sorted(shared.items())
    ]


def _names(settings: Settings) -> Sequence[str | None]:
    """The partnerships that there are; None for one alone."""
    return settings.partnerships or [None]


def points_to_settle(settings: Settings) -> list[str]:
    """What is no fault and yet to look at, in words: deliveries from where the shared declarations say they come, and
    partners' words of the last days that no category knows."""
    found = []
    for name in _names(settings):
        of, before = settings.of(name), f"{name}: " if name else ""
        try:
            partnership = load_partnership(of.include)
            lines = shared_sources(of.include, partnership, _feeds(of, partnership)) + _unmapped_words(of)
        except DeclarationError:
            continue  # named as a fault
        found += [f"{before}{words}" for words in lines]
    return found


def _unmapped_words(settings: Settings) -> list[str]:
    """One line on the words that no category knows; none where nothing was ever received."""
    from tasking.intake.category_words import unmapped_words
    from tasking.runtime.local import open_services

    url = settings.warehouse_url
    if url.startswith("sqlite") and not Path(url.removeprefix("sqlite:///")).is_file():
        return []
    services = open_services(settings)
    labels = services.conventions.categories.labels
    words = unmapped_words(services.intake, FULL_VISIBILITY)
    services.warehouse.engine.dispose()
    shown = [
        f"“{one.word}” ({one.reports}, {', '.join(one.feeds)}"
        + (f"; like {labels[one.suggestion.code]})" if one.suggestion else ")")
        for one in words[:_WORDS_SHOWN]
    ]
    more = f" and {len(words) - len(shown)} more" if len(words) > len(shown) else ""
    return (
        [f"category names that we do not recognise: {', '.join(shown)}{more}; see tasking categories list"]
        if words
        else []
    )


def _checked(settings: Settings) -> tuple[Partnership, list[str]]:
    """A partnership and the faults that it has although each of its declarations is valid."""
    partnership = load_partnership(settings.include)
    feeds = _feeds(settings, partnership)
    check_feeds_are_declared(settings.include, partnership, feeds)
    faults = district_faults(settings.include, partnership)
    return partnership, faults + inherited_names(settings.include, partnership, feeds)


def _feeds(settings: Settings, partnership: Partnership) -> dict[str, Feed]:
    return load_feeds(settings.include.all("feeds", "*.yml"), partnership.partners)


def _addresses(channels: Channels) -> set[str]:
    """The channel addresses of a partnership that others could use by mistake."""
    own = {"slack": f"slack:{channels.slack_channel}", "email": f"email:{','.join(channels.mail_to)}"}
    named = {name for kind in _KINDS for name in getattr(channels, kind)}
    return {own.get(name, name) for name in named if name in own or ":" in name}


def run_all(settings: Settings, day: date, jobs: int) -> dict[str, str]:
    """Runs a day of every partnership in `jobs` processes. Returns name -> error in words, empty if it succeeded.

    A process that dies breaks the whole pool; the affected partnerships are run again, each in a pool of its own.
    """
    names = settings.partnerships
    with ProcessPoolExecutor(jobs) as pool:
        started = {name: pool.submit(_run_one, (settings, name, day)) for name in names}
    done: dict[str, str] = {}
    for name, one in started.items():
        done[name] = _alone(settings, name, day) if isinstance(one.exception(), BrokenExecutor) else one.result()
    return done


def _alone(settings: Settings, name: str, day: date) -> str:
    with ProcessPoolExecutor(1) as pool:
        try:
            return pool.submit(_run_one, (settings, name, day)).result()
        except BrokenExecutor:
            return "its process stopped before it was finished (out of memory?)"


def _run_one(given: tuple[Settings, str, date]) -> str:
    from tasking import flows
    from tasking.runtime.local import open_services

    settings, name, day = given
    try:
        services = open_services(settings.of(name))
        flows.run_day(services, day)
        services.warehouse.engine.dispose()
    except TaskingError as error:
        return str(error)
    except Exception as error:  # a fault in one partnership must not stop the others
        log.error("a partnership's day failed", name=name, day=str(day), where=traceback_without_values(error))
        return f"a fault in Tasking ({type(error).__name__})"
    return ""
