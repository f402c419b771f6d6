"""Permissions on the desk."""

from enum import StrEnum
from typing import Final


class May(StrEnum):
    """A permission on the desk. None implies another; each is granted by name."""

    READ = "read"  # what is not restricted, without who it is about
    DETAILS = "details"  # callers' names and words, and the cells of held rows
    DECIDE = "decide"  # everything that changes something
    RESTRICTED = "restricted"  # restricted matters, one at a time, with a reason that is logged
    LOG = "log"  # who did and saw what


# The same permissions in the host (Airflow): (action, resource).
PERMISSIONS: Final[dict[May, tuple[str, str]]] = {
    May.READ: ("can_read", "Tasking desk"),
    May.DETAILS: ("can_read", "Tasking details"),
    May.DECIDE: ("can_edit", "Tasking desk"),
    May.RESTRICTED: ("can_read", "Tasking restricted"),
    May.LOG: ("can_read", "Tasking log"),
}
