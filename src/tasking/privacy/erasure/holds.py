"""Legal holds: somebody's data is kept, whatever its age and whoever asks for its erasure."""

from tasking.model.errors import TaskingError
from tasking.privacy.erasure.person import find_person
from tasking.privacy.service import PrivacyService
from tasking.privacy.store import erasure as store
from tasking.privacy.store import legal_holds


def place_hold(service: PrivacyService, ref: str, reason: str, actor: str) -> str:
    """Keeps a person, or a report by `<feed>:<reference>`, whatever its age and whoever asks. Returns the hold's id.

    Everybody who may be meant is kept. Raises TaskingError without a reason, or where the reference is nobody's.
    """
    if not reason.strip():
        raise TaskingError("say why it must be kept")
    feed, colon, source_ref = ref.strip().partition(":")
    reports = (
        store.report_ids(store.everybody(service.warehouse), feed, source_ref.strip())
        if colon and feed in service.feeds
        else []
    )
    if len(reports) > 1:
        raise TaskingError(f"{len(reports)} reports have that reference; name one with its day: {reports[0]}")
    people: list[str] = []
    if not reports:
        person = find_person(service, ref, takes_all=True)
        people = sorted(person.keys)
        reports = sorted({one.report_id for one in (*person.known, *person.possible)})
    return legal_holds.place(service.warehouse, people, reports, reason.strip()[:500], actor, service.clock())


def lift_hold(service: PrivacyService, hold_id: str, reason: str, actor: str) -> None:
    """Ends a hold. Raises TaskingError where there is none of this id in force, or no reason."""
    if not reason.strip():
        raise TaskingError("say why it need not be kept any more")
    if not legal_holds.lift(service.warehouse, hold_id, reason.strip()[:500], actor, service.clock()):
        raise TaskingError(f"there is no legal hold {hold_id} in force")
