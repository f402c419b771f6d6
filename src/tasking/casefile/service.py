"""The service of the case file: what it is given by the rest of the product."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tasking.briefing.service import BriefingService
from tasking.casefile.scanning import Scanner
from tasking.config.feed import Feed
from tasking.linkage.service import LinkageService
from tasking.meeting.service import MeetingService
from tasking.model.partnership import Partnership
from tasking.warehouse import Warehouse


@dataclass(frozen=True)
class CasefileService:
    """What notes, photos, status and histories need. `scanner`: None where none is set."""

    partnership: Partnership
    feeds: Mapping[str, Feed]
    names: Mapping[str, str]  # feed -> what people call it
    what: Callable[[str, str | None], str]  # what an incident of a category is called, with its signs of harm
    public_name: Callable[[str], tuple[str | None, str | None]]  # of a place, and of its town
    warehouse: Warehouse
    clock: Callable[[], datetime]
    linkage: LinkageService
    meeting: MeetingService
    briefings: BriefingService
    scanner: Scanner | None = None
    key: str = ""
