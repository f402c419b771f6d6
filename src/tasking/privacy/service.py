"""The service of retention, erasure and rekeying: what they are given by the rest of the product."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tasking.config.feed import Feed
from tasking.config.privacy_file import Privacy
from tasking.config.rule import Rule
from tasking.delivery.channels import Channel
from tasking.intake.archive import Archive
from tasking.intake.conventions import Conventions
from tasking.linkage.service import LinkageService
from tasking.model.partnership import Kind, Partnership
from tasking.model.retry_policy import RetryPolicy
from tasking.places import Gazetteer
from tasking.privacy.store import legal_holds
from tasking.warehouse import Warehouse


@dataclass(frozen=True)
class PrivacyService:
    """What retention, erasure and rekeying need: declarations, the warehouse, the archive, channels and a clock."""

    partnership: Partnership
    data_protection: Privacy
    feeds: Mapping[str, Feed]
    conventions: Conventions
    gazetteer: Gazetteer
    rules: Sequence[Rule]
    warehouse: Warehouse
    archive: Archive
    open_channels: Callable[[Kind], Sequence[Channel]]
    retry_policy: RetryPolicy
    clock: Callable[[], datetime]
    linkage: LinkageService
    key: str = ""

    def legal_holds(self) -> list[legal_holds.LegalHold]:
        """The legal holds in force."""
        return legal_holds.in_force(self.warehouse)
