"""Checks every declaration under include/ at once: each file by itself, what it says of others, samples and queries."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import Final

from tasking.config.categories import UNKNOWN, Categories
from tasking.config.faults import Source, fault_in, validated
from tasking.config.feed import load_feed
from tasking.config.harm import load_harm
from tasking.config.json_file import parse_json
from tasking.config.layers import PARTNERSHIPS, SCHEMAS, Include
from tasking.config.partnership_file import check_feeds_are_declared, fault_in_partnership, load_partnership
from tasking.config.privacy_file import check_refinements, load_privacy
from tasking.config.rule import load_rules
from tasking.config.yaml_file import declared_text, parse_yaml, shown_name
from tasking.model.errors import DeclarationError, Fault
from tasking.model.partnership import Partnership
from tasking.model.report import REPORT_FIELDS
from tasking.runtime.access import load_access
from tasking.runtime.declarations import DECLARED, Declared, kind_of
from tasking.runtime.feed_check import check_feeds
from tasking.runtime.local import check_recipients, linkage_model, load_suites, open_categories
from tasking.runtime.partnerships import declaration_faults, points_to_settle
from tasking.runtime.rule_check import check_rules
from tasking.runtime.settings import Settings
from tasking.warehouse.query_file import query_file

_NOT_DECLARED: Final = (PARTNERSHIPS, SCHEMAS, "geo", "sql", "templates")  # folders that hold no declarations
_SUFFIXES: Final = (".yml", ".yaml", ".json")
_PARTNERSHIP: Final = "partnership.yml"


@dataclass
class ConfigCheck:
    """`faults`: in words, each with its place; `notes`: what else there is to know; `files`: how many were read."""

    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: int = 0


def check_config(settings: Settings) -> ConfigCheck:
    """Checks the declarations of every partnership. Samples and queries are tried where the files have no fault."""
    names: Sequence[str | None] = settings.partnerships or [None]
    each = {name: settings.of(name) for name in names}
    files = {path: (inside, kind) for one in each.values() for inside, path, kind in _files(one.include)}
    found: list[Fault] = []
    for path, (inside, kind) in files.items():
        found += _file_faults(path, inside, kind)
    between = {name or "": _faults_between(one.include, settings.partnerships) for name, one in each.items()}
    lines = [str(one) for one in _in_order([*found, *_unlisted_feeds(list(each.values()))])]
    checked = ConfigCheck(lines + _between_words(between, found), files=len(files))
    if checked.faults:
        checked.notes.append("Samples of feeds and queries of rules are tried once these are corrected.")
        return checked
    checked.faults += declaration_faults(settings)
    for name, one in each.items():
        before = f"{name}: " if name else ""
        checked.faults += [f"{before}{words}" for words in _tried(one)]
        checked.notes += [f"to check: {before}{words}" for words in _names_of_nobody(load_partnership(one.include))]
    checked.notes += [f"to check: {words}" for words in points_to_settle(settings)]
    return checked


def _between_words(between: Mapping[str, Sequence[Fault]], named: Sequence[Fault]) -> list[str]:
    """The faults of partnerships that are not named yet: one that some of them have says of which it is."""
    having: dict[Fault, list[str]] = {}
    for name, faults in between.items():
        for fault in dict.fromkeys(faults):
            having.setdefault(fault, []).append(name)
    words = []
    for fault in _in_order([one for one in having if one not in named]):
        is_said = len(having[fault]) == len(between) or fault.file.startswith(f"{PARTNERSHIPS}/")
        words.append(str(fault) if is_said else f"{', '.join(having[fault])}: {fault}")
    return words


def _in_order(faults: Sequence[Fault]) -> list[Fault]:
    return sorted(dict.fromkeys(faults), key=lambda one: (one.file, one.line, one.column))


def _files(include: Include) -> Iterator[tuple[str, Path, Declared | None]]:
    """Each file that is, or looks like, a declaration, in every layer: its path in its layer, where it is, its kind."""
    for folder in include.folders:
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            is_ours = inside.parts[0] not in _NOT_DECLARED and path.parent.name != "samples"
            if is_ours and path.suffix in _SUFFIXES and path.is_file():
                yield inside.as_posix(), path, kind_of(inside.as_posix())


def _file_faults(path: Path, inside: str, kind: Declared | None) -> list[Fault]:
    """The faults of one file by itself; of partnership.yml only whether it can be read: its layers are one value."""
    name = shown_name(path)
    if kind is None:
        return [Fault(name, 0, 0, "", f"no declaration has this name, so nothing reads the file{_meant(inside)}")]

    def read() -> None:
        source = Source(name, declared_text(path))
        declared = (parse_json if kind.is_json else parse_yaml)(source.text, name)
        if inside != _PARTNERSHIP:
            validated(kind.model, declared, source)

    return _faults_of(read, name)


def _meant(inside: str) -> str:
    stem = inside.rsplit(".", 1)[0]
    as_yml = next((f"{stem}{suffix}" for suffix in (".yml", ".json") if kind_of(f"{stem}{suffix}")), None)
    close = get_close_matches(inside, [one.pattern for one in DECLARED if "*" not in one.pattern], n=1)
    meant = as_yml or next(iter(close), None)
    return f"; did you mean {meant}?" if meant else ""


def _faults_of(check: Callable[[], object], name: str) -> list[Fault]:
    """The faults that a check raises. `name`: the file, for an error that has no place."""
    try:
        check()
    except DeclarationError as error:
        return list(error.faults) or [Fault(name, 0, 0, "", str(error).removeprefix(f"{name}: "))]
    return []


def _faults_between(include: Include, partnerships: Sequence[str]) -> list[Fault]:
    """The faults of what declarations of one partnership say of each other."""
    feeds = {path.stem: path for path in include.all("feeds", "*.yml")}
    faults = []
    for name in feeds:
        faults += _faults_of(partial(load_suites, include, [name]), f"expectations/{name}.json")
        faults += _faults_of(partial(load_feed, feeds[name]), f"feeds/{name}.yml")
    try:
        categories = open_categories(include)
    except DeclarationError as error:
        categories, faults = None, faults + list(error.faults)
    try:
        faults += _partnership_faults(include, load_partnership(include), feeds, categories)
    except DeclarationError as error:
        faults += error.faults or [Fault(_PARTNERSHIP, 0, 0, "", str(error))]
    faults += _faults_of(lambda: load_access(include).permissions_at(partnerships), "access.yml")
    faults += _briefing_faults(include)
    if categories is None:
        return faults
    codes = [*(one.code for one in categories.categories), UNKNOWN]
    queries = include / "sql" / "rules"
    faults += _faults_of(lambda: load_rules(include.all("rules", "*.yml"), queries, codes), "rules")
    return faults + _faults_of(lambda: load_harm(include / "harm.yml", codes), "harm.yml")


def _briefing_faults(include: Include) -> list[Fault]:
    """Queries of the briefing that give it a field of reports which its readers may not have."""
    faults = []
    for path in include.all("sql/briefing", "*.sql"):
        name = f"include/sql/briefing/{path.name}"
        try:
            columns = query_file(name, declared_text(path)).columns
        except DeclarationError as error:
            faults.append(Fault(name, 0, 0, "", str(error).removeprefix(f"{name}: ")))
            continue
        barred = [one for one in columns if one in REPORT_FIELDS and REPORT_FIELDS[one].read_by.clearance is None]
        faults += [Fault(name, 0, 0, "", f"a briefing may not be made from {one}: it is personal") for one in barred]
    return faults


def _partnership_faults(
    include: Include, partnership: Partnership, feeds: Mapping[str, Path], categories: Categories | None
) -> list[Fault]:
    """The faults of what partnership.yml says of feeds, categories and the model. `categories`: None if they can't be
    read."""
    faults = _faults_of(lambda: check_feeds_are_declared(include, partnership, feeds), _PARTNERSHIP)
    faults += _faults_of(lambda: linkage_model(include, partnership), "linkage_model.json")
    for name, path in feeds.items():
        faults += _faults_of(partial(_check_privacy, include, path), f"feeds/{name}.yml")
    if categories is None:
        return faults
    faults += _faults_of(lambda: check_recipients(include, partnership, categories), _PARTNERSHIP)
    return faults + _owner_faults(include, partnership, categories)


def _check_privacy(include: Include, path: Path) -> None:
    check_refinements(load_privacy(include / "privacy.yml"), load_feed(path), path)


def _owner_faults(include: Include, partnership: Partnership, categories: Categories) -> list[Fault]:
    """Categories that owners are declared for and that do not exist: nobody would ever be asked."""
    return [
        fault_in_partnership(include, "taskings.owners", f"{owner.owner}: there is no category {code}", code)
        for owner in partnership.taskings.owners
        for code in owner.categories
        if code not in categories.labels
    ]


def _names_of_nobody(partnership: Partnership) -> Iterator[str]:
    """Recipients and attendees for an owner that no declaration names; a meeting may still name one."""
    owners = {*partnership.taskings.declared_owners, *(one.name for one in partnership.recipients)}
    for recipient in partnership.recipients:
        if recipient.name not in partnership.taskings.declared_owners:
            yield f"recipients: {recipient.name} is no owner under taskings, so nothing is proposed to them"
    for attendee in partnership.attendees:
        if attendee.partner and attendee.partner not in owners:
            yield f"attendees: {attendee.name} comes for {attendee.partner}, who is no owner under taskings"


def _unlisted_feeds(each: Sequence[Settings]) -> list[Fault]:
    """A fault for each feed that is declared and that no partnership receives."""
    listed: set[str] = set()
    declared: dict[str, Path] = {}
    for one in each:
        try:
            listed.update(load_partnership(one.include).feeds)
        except DeclarationError:
            return []  # named already; which feeds it lists is not known
        declared |= {path.stem: path for path in one.include.all("feeds", "*.yml")}
    return [
        fault_in(Source(shown_name(path), declared_text(path)), "feed", "partnership.yml does not list it under feeds")
        for name, path in declared.items()
        if name not in listed
    ]


def _tried(settings: Settings) -> Iterator[str]:
    """What is wrong with the samples of feeds and the queries of rules, in words."""
    for feed in check_feeds(settings.include, []):
        if not feed.is_sound:
            yield feed.words
    for rule in check_rules(settings, []):
        if not rule.is_sound:
            yield f"rules/{rule.rule}.yml: {rule.fault}"
