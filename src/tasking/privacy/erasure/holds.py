"""Legal holds: a person's data, or a report, is kept from retention and erasure."""

from tasking.model.errors import TaskingError
from tasking.privacy.erasure.person import find_person
from tasking.privacy.service import PrivacyService
from tasking.privacy.store import legal_holds
from tasking.privacy.store import people as store


def place_hold(service: PrivacyService, ref: str, reason: str, actor: str) -> str:
    """Places a hold on a person, or on a report by `<feed>:<reference>`. Returns the hold's id.

    Everybody who may be meant is kept. Raises TaskingError without a reason, or for a reference that identifies nobody.
    """
    if not reason.strip():
        raise TaskingError("Enter why it must be kept.")
    feed, colon, source_ref = ref.strip().partition(":")
    reports = (
        store.report_ids(store.report_revisions(service.warehouse), feed, source_ref.strip())
        if colon and feed in service.feeds
        else []
    )
    if len(reports) > 1:
        raise TaskingError(f"{len(reports)} reports have that reference; name one with its day: {reports[0]}")
    people: list[str] = []
    if not reports:
        person = find_person(service, ref, takes_all=True)
        people = sorted(person.keys)
        reports = sorted({one.report_id for one in (*person.own_reports, *person.possible_reports)})
    return legal_holds.place(service.warehouse, people, reports, reason.strip()[:500], actor, service.clock())


def lift_hold(service: PrivacyService, hold_id: str, reason: str, actor: str) -> None:
    """Lifts a hold. Raises TaskingError without a reason, or where no hold of this id is in force."""
    if not reason.strip():
        raise TaskingError("Enter why it need not be kept any more.")
    if not legal_holds.lift(service.warehouse, hold_id, reason.strip()[:500], actor, service.clock()):
        raise TaskingError(f"there is no legal hold {hold_id} in force")
