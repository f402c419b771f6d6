"""What people add to incidents (status, notes, photos), and the history of an incident, a place and a person."""

from tasking.casefile.attachments import (
    add,
    attachment_of,
    attachments_of,
    content_of,
    is_restricted,
    missing_photos,
    remove,
)
from tasking.casefile.fetching import fetch_photos
from tasking.casefile.notes import add_note, note_of, notes_of, withdraw
from tasking.casefile.people import log_look, names_as_reported, people_in, proposals_about, reports_of_person
from tasking.casefile.places import PlaceHistory, busiest_places, groups_at, names_of, place_history, taskings_at
from tasking.casefile.statuses import (
    history_of,
    outcome_words,
    partners_to_pass_to,
    set_status,
    status_of,
    statuses_of,
    undo_status,
)
from tasking.casefile.timeline import Around, briefing_days_of, former_names_of, timeline_of, timeline_of_person

__all__ = [
    "Around", "PlaceHistory", "add", "add_note", "attachment_of", "attachments_of", "briefing_days_of",
    "busiest_places", "content_of", "fetch_photos", "former_names_of", "groups_at", "history_of", "is_restricted",
    "log_look", "missing_photos", "names_as_reported", "names_of", "note_of", "notes_of", "outcome_words",
    "partners_to_pass_to", "people_in", "place_history", "proposals_about", "remove", "reports_of_person",
    "set_status", "status_of", "statuses_of", "taskings_at", "timeline_of", "timeline_of_person", "undo_status",
    "withdraw",
]  # fmt: skip
