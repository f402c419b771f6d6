"""What reading a partnership's deliveries depends on: its calendar, categories, area and pseudonym key."""

from dataclasses import dataclass

from tasking.config.categories import Categories
from tasking.intake.positions import Area
from tasking.intake.pseudonyms import Pseudonyms
from tasking.model.day import MeetingCalendar


@dataclass(frozen=True)
class Conventions:
    """The partnership's settings that normalising needs."""

    calendar: MeetingCalendar
    categories: Categories
    area: Area
    pseudonyms: Pseudonyms
