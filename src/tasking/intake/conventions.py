"""What reading a partnership's deliveries depends on: its calendar, categories, area and pseudonym key."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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
    # Partners' words for categories that a person mapped -> category.
    mapped_words: Mapping[str, str] = field(default_factory=dict)
