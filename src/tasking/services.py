"""Composes the subjects' services for one partnership. Only flows and the layers above import it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property

from tasking.briefing import Geography, Templates
from tasking.briefing.service import BriefingService
from tasking.casefile.scanning import Scanner
from tasking.casefile.service import CasefileService
from tasking.config.feed import Feed
from tasking.config.harm import Harm
from tasking.config.privacy_file import Privacy
from tasking.config.rule import Rule
from tasking.config.suite import Suite
from tasking.delivery.channels import Channel, UnopenedChannel
from tasking.delivery.service import DeliveryService
from tasking.intake.archive import Archive
from tasking.intake.conventions import Conventions
from tasking.intake.service import IntakeService
from tasking.intake.transports import Transport
from tasking.linkage import FeatureExtractor, Linker
from tasking.linkage.service import LinkageService
from tasking.meeting.follow_up_texts import FollowUpTexts
from tasking.meeting.service import MeetingService
from tasking.model.category import category_label
from tasking.model.partner_names import names_of
from tasking.model.partnership import Kind, Partnership
from tasking.model.retry_policy import RetryPolicy
from tasking.model.signed_link import LinkSigner
from tasking.places import Gazetteer
from tasking.privacy.service import PrivacyService
from tasking.search import SearchService
from tasking.triggers.service import TriggersService
from tasking.warehouse import Warehouse
from tasking.warehouse.log_list import AuditLog
from tasking.warehouse.saved_filters import SavedFilters
from tasking.warehouse.withheld import Guard


def _no_route(name: str) -> Channel:
    return UnopenedChannel(name, "there are no channels here")


@dataclass(frozen=True)
class Services:
    """A partnership's declarations and stores, and the service of each subject built from them.

    Made by runtime.local for the command line, by runtime.airflow for the DAGs.
    """

    partnership: Partnership
    feeds: Mapping[str, Feed]
    suites: Mapping[str, Sequence[Suite]]
    conventions: Conventions
    gazetteer: Gazetteer
    extractor: FeatureExtractor
    linker: Linker
    harm: Harm
    rules: Sequence[Rule]
    data_protection: Privacy
    warehouse: Warehouse
    archive: Archive
    templates: Templates
    follow_up_texts: FollowUpTexts
    geography: Geography
    open_transport: Callable[[Feed], Transport]
    declarations_hash: str = ""  # of everything under include/, recorded with each briefing
    open_channels: Callable[[Kind], Sequence[Channel]] = lambda _kind: ()  # called when there is something to post
    open_route: Callable[[str], Channel] = _no_route  # a channel by its name with an address, for one addressee
    retry_policy: RetryPolicy = field(default_factory=RetryPolicy)
    key: str = ""  # the name of the partnership, where a deployment serves several
    desk_url: str | None = None  # the address of the desk's pages, for links
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    scanner: Scanner | None = None  # of viruses, for what is uploaded or fetched

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Feed -> what people call it: its partner's name, and the feed's too where the partner has several."""
        return names_of(self.partners)

    @cached_property
    def partners(self) -> Mapping[str, str]:
        """Feed -> partner."""
        return {name: feed.partner for name, feed in self.feeds.items()}

    def partners_of(self, feeds: Iterable[str]) -> list[str]:
        """The partners of some feeds, each once, in their order. A feed that is declared no more goes by its name."""
        return list(dict.fromkeys(self.partners.get(feed, feed) for feed in feeds))

    def what(self, category: str, signs: str | None = "") -> str:
        """What an incident or a report is called on pages and in lists, as the briefing calls it.

        `signs`: what its texts say of harm, as linking stores it: names of include/harm.yml between spaces.
        """
        labels = self.conventions.categories.labels
        return self.harm.label_of(category, (signs or "").split()) or category_label(category, labels)

    @cached_property
    def guard(self) -> Guard:
        return Guard(self.warehouse)

    @cached_property
    def audit_log(self) -> AuditLog:
        return AuditLog(self.warehouse, self.clock)

    @cached_property
    def saved_filters(self) -> SavedFilters:
        return SavedFilters(self.warehouse, self.clock)

    @cached_property
    def intake(self) -> IntakeService:
        return IntakeService(
            partnership=self.partnership,
            feeds=self.feeds,
            suites=self.suites,
            conventions=self.conventions,
            gazetteer=self.gazetteer,
            warehouse=self.warehouse,
            archive=self.archive,
            open_transport=self.open_transport,
            clock=self.clock,
            key=self.key,
        )

    @cached_property
    def linkage(self) -> LinkageService:
        return LinkageService(
            partnership=self.partnership,
            feeds=self.feeds,
            conventions=self.conventions,
            gazetteer=self.gazetteer,
            extractor=self.extractor,
            linker=self.linker,
            harm=self.harm,
            warehouse=self.warehouse,
            clock=self.clock,
            key=self.key,
        )

    @cached_property
    def meeting(self) -> MeetingService:
        return MeetingService(
            partnership=self.partnership,
            feeds=self.feeds,
            labels=self.conventions.categories.labels,
            rules=self.rules,
            public_name=self.gazetteer.public_name,
            find_place=self.gazetteer.find_place,
            warehouse=self.warehouse,
            clock=self.clock,
            signer=LinkSigner(self.conventions.pseudonyms.key_for("links to answer by")),
        )

    @cached_property
    def triggers(self) -> TriggersService:
        return TriggersService(
            partnership=self.partnership,
            names=self.names,
            partners=self.partners,
            public_categories=[one.code for one in self.conventions.categories.categories if not one.restricted],
            labels=self.conventions.categories.labels,
            rules=self.rules,
            warehouse=self.warehouse,
            clock=self.clock,
            meeting=self.meeting,
            key=self.key,
        )

    @cached_property
    def briefings(self) -> BriefingService:
        return BriefingService(
            partnership=self.partnership,
            partners=self.partners,
            labels=self.conventions.categories.labels,
            harm=self.harm,
            linkage_version=self.linker.version,
            declarations_hash=self.declarations_hash,
            warehouse=self.warehouse,
            meeting=self.meeting,
        )

    @cached_property
    def delivery(self) -> DeliveryService:
        return DeliveryService(
            partnership=self.partnership,
            feeds=self.feeds,
            names=self.names,
            templates=self.templates,
            geography=self.geography,
            warehouse=self.warehouse,
            open_channels=self.open_channels,
            retry_policy=self.retry_policy,
            clock=self.clock,
            briefings=self.briefings,
            meeting=self.meeting,
            open_route=self.open_route,
            desk_url=self.desk_url,
            key=self.key,
        )

    @cached_property
    def casefile(self) -> CasefileService:
        return CasefileService(
            partnership=self.partnership,
            feeds=self.feeds,
            names=self.names,
            what=self.what,
            public_name=self.gazetteer.public_name,
            warehouse=self.warehouse,
            clock=self.clock,
            linkage=self.linkage,
            meeting=self.meeting,
            briefings=self.briefings,
            scanner=self.scanner,
            key=self.key,
        )

    @cached_property
    def search(self) -> SearchService:
        return SearchService(
            categories=self.conventions.categories,
            gazetteer=self.gazetteer,
            linkage=self.linkage,
            meeting=self.meeting,
            warehouse=self.warehouse,
            clock=self.clock,
        )

    @cached_property
    def privacy(self) -> PrivacyService:
        return PrivacyService(
            data_protection=self.data_protection,
            partnership=self.partnership,
            feeds=self.feeds,
            conventions=self.conventions,
            gazetteer=self.gazetteer,
            rules=self.rules,
            warehouse=self.warehouse,
            archive=self.archive,
            open_channels=self.open_channels,
            retry_policy=self.retry_policy,
            clock=self.clock,
            linkage=self.linkage,
            key=self.key,
        )
