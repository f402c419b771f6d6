"""Builds the services from the declarations and settings; for the command line, tests and runtime.airflow."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from tasking.briefing import Geography, Templates
from tasking.casefile.scanning import Clamd
from tasking.config.categories import UNKNOWN, Categories, load_categories
from tasking.config.desk_feed import DESK, desk_feed
from tasking.config.feed import Feed, load_feeds
from tasking.config.harm import load_harm
from tasking.config.layers import Include
from tasking.config.partnership_file import check_feeds_are_declared, fault_in_partnership, load_partnership
from tasking.config.privacy_file import Privacy, check_refinements, load_privacy
from tasking.config.rule import load_rules
from tasking.config.suite import Suite, load_suite
from tasking.intake.archive import Archive
from tasking.intake.conventions import Conventions
from tasking.intake.positions import Area
from tasking.intake.pseudonyms import Pseudonyms
from tasking.intake.transports import Address
from tasking.linkage import (
    FeatureExtractor,
    Linker,
    PairModel,
    category_relations,
    keyed,
    load_lexicon,
    load_pair_model,
    load_weights,
)
from tasking.meeting.follow_up_texts import FollowUpTexts
from tasking.model.errors import DeclarationError
from tasking.model.partnership import Channels, Partnership
from tasking.places import load_gazetteer
from tasking.runtime.addresses import addresses_from_environment, transports
from tasking.runtime.channels import Addresses, addresses_of, channels_that_open
from tasking.runtime.keys import pseudonyms
from tasking.runtime.settings import Settings
from tasking.services import Services
from tasking.warehouse import open_warehouse


def open_services(
    settings: Settings,
    address_of: Callable[[Feed], Address | None] | None = None,
    addresses: Callable[[], Addresses] | None = None,
    routes: Channels | None = None,
) -> Services:
    """The services of the partnership that include/ declares. Raises DeclarationError, naming the file and the key.

    `address_of` and `addresses` give the addresses of feeds and channels in place of the environment; `routes` says
    where messages go in place of partnership.yml.
    """
    partnership = load_partnership(settings.include)
    addresses = addresses or partial(addresses_of, settings)
    if routes is not None:
        partnership = partnership.model_copy(update={"channels": routes})
    feeds = load_feeds(settings.include.all("feeds", "*.yml"), partnership.partners)
    check_feeds_are_declared(settings.include, partnership, feeds)
    if DESK in feeds:
        raise DeclarationError(f"{DESK}.yml: {DESK} is the feed of reports taken by hand; rename yours")
    suites = load_suites(settings.include, feeds)
    feeds[DESK] = desk_feed(partnership.name, partnership.timezone)
    conventions = open_conventions(settings.include, partnership, pseudonyms(settings))
    check_recipients(settings.include, partnership, conventions.categories)
    linker = open_linker(settings.include, conventions, partnership, feeds)
    gazetteer = load_gazetteer(settings.include)
    return Services(
        partnership=partnership,
        feeds=feeds,
        suites=suites | {DESK: suites_for_all(settings.include)},
        conventions=conventions,
        gazetteer=gazetteer,
        extractor=FeatureExtractor(
            linker.lexicon,
            partnership.zone,
            conventions.pseudonyms.for_value,
            conventions.categories.restricted_pattern,
            gazetteer.postcode_areas,
        ),
        linker=linker,
        harm=load_harm(settings.include / "harm.yml", linker.categories),
        rules=load_rules(settings.include.all("rules", "*.yml"), settings.include / "sql" / "rules", linker.categories),
        data_protection=open_privacy(settings.include, feeds),
        warehouse=open_warehouse(settings.warehouse_url, settings.include / "sql", settings.schema_name),
        archive=Archive(settings.var / "deliveries"),
        templates=Templates(settings.include / "templates"),
        follow_up_texts=FollowUpTexts(tuple(reversed(settings.include.versions("templates/follow_up")))),
        geography=Geography(settings.include / "geo"),
        open_transport=transports(settings, address_of or addresses_from_environment(settings.partnership)),
        declarations_hash=_hash_of(settings.include),
        open_channels=lambda kind: channels_that_open(partnership.channels.of(kind), partnership, addresses),
        open_route=lambda name: channels_that_open([name], partnership, addresses)[0],
        desk_url=_desk_url(settings),
        key=settings.partnership or "",
        scanner=Clamd(settings.clamd) if settings.clamd else None,
    )


def check_recipients(include: Include, partnership: Partnership, categories: Categories) -> None:
    """Raises DeclarationError for recipients of a category that does not exist, who would never be sent anything."""
    codes = {one.code for one in categories.categories}
    faults = [
        fault_in_partnership(include, "recipients", f"{one.name}: there is no category {code!r}", code)
        for one in partnership.recipients
        for code in one.categories
        if code not in codes
    ]
    if faults:
        raise DeclarationError.of(faults)


def _desk_url(settings: Settings) -> str | None:
    url = settings.desk_url
    return f"{url}/{settings.partnership}" if url and settings.partnership else url


def open_conventions(include: Include, partnership: Partnership, people: Pseudonyms) -> Conventions:
    """What normalising needs to know of the partnership."""
    county = partnership.area.county
    area = Area(
        include / partnership.area.outline,
        partnership.area.margin_m,
        (county.south, county.north, county.west, county.east),
    )
    return Conventions(partnership.calendar, open_categories(include), area, people)


def open_categories(include: Include) -> Categories:
    """The categories, with the phrases by which words that no pattern fits are matched."""
    return load_categories(include / "categories.yml", include / "category_phrases.yml")


def open_linker(
    include: Include, conventions: Conventions, partnership: Partnership, feeds: Mapping[str, Feed]
) -> Linker:
    """What linking needs of the declarations. Raises DeclarationError."""
    categories = conventions.categories
    codes = [*(one.code for one in categories.categories), UNKNOWN]
    return Linker(
        lexicon=load_lexicon(include / "lexicon.yml"),
        weights=load_weights(include / "linkage.json"),
        model=linkage_model(include, partnership),
        key=keyed(conventions.pseudonyms.for_value),
        precision=partnership.linkage.precision,
        category_relations=category_relations(
            codes, categories.kin, categories.continuing, categories.found_later, categories.says_little
        ),
        categories=tuple(codes),
        tells_once=frozenset(name for name, feed in feeds.items() if feed.tells_once),
    )


def open_privacy(include: Include, feeds: Mapping[str, Feed]) -> Privacy:
    """What privacy.yml declares, and what the feeds say of their own columns. Raises DeclarationError."""
    privacy = load_privacy(include / "privacy.yml")
    for name, feed in feeds.items():
        if feed.privacy:
            check_refinements(privacy, feed, include / f"feeds/{name}.yml")
    return privacy


def linkage_model(include: Include, partnership: Partnership) -> PairModel:
    """The model by which reports are linked. Raises DeclarationError where it has no threshold for the partnership."""
    model = load_pair_model(include / "linkage_model.json")
    wanted = partnership.linkage.precision
    if wanted not in model.merge_above:
        words = f"linkage_model.json has no threshold for {wanted}"
        raise DeclarationError.of([fault_in_partnership(include, "linkage.precision", words)])
    return model


def _hash_of(include: Include) -> str:
    """SHA-256 over every declaration, query and template, by name."""
    digest = hashlib.sha256()
    for name, path in include.declarations().items():
        digest.update(f"{name}\x1f".encode() + path.read_bytes())
    return digest.hexdigest()


def load_suites(include: Include, feeds: Iterable[str]) -> dict[str, Sequence[Suite]]:
    """For each feed the suites that its deliveries must meet: those for all feeds, and its own."""
    for_all = (*suites_for_all(include), load_suite(include / "expectations/delivery.json"))
    return {name: (*for_all, load_suite(include / f"expectations/{name}.json")) for name in feeds}


def suites_for_all(include: Include) -> tuple[Suite, ...]:
    """The suites that the reports of every feed must meet."""
    return tuple(load_suite(include / f"expectations/{name}.json") for name in ("report", "stored"))
