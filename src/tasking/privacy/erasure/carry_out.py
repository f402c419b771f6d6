"""One person is taken out of everything that we keep, and a certificate says what was found and removed.

What was reported, when, and at which public place stays: it is the partnership's history, and says nothing of them.
Their reports still count as one complainant's, under a key that is nobody's.
"""

import hashlib
import hmac
import json
import os
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tasking.intake.pseudonyms import ERASED_KEY
from tasking.linkage.linking import in_turn
from tasking.model.errors import TaskingError
from tasking.privacy.erasure.changes import Change, Elsewhere, Held, Outside, Reference, Spot, Whole
from tasking.privacy.erasure.person import Person, find_person, statement_for
from tasking.privacy.erasure.plan import Plan, plan
from tasking.privacy.erasure.remains import Statement
from tasking.privacy.erasure.search import Found, Left, search
from tasking.privacy.service import PrivacyService
from tasking.privacy.store import erasure as store
from tasking.privacy.store import legal_holds, redaction
from tasking.privacy.store.erasure import Known
from tasking.privacy.store.freed_pages import Forgotten, forget_pages, overwrite_deleted
from tasking.privacy.store.redaction import Cell, leaves, with_leaves
from tasking.warehouse import audit_log

_ELSEWHERE: Final = (
    "the partners' own systems and what waits in their mailboxes and stores: ask them",
    "back-ups made before: destroy them, or erase again after restoring one and make them anew",
    "messages in chat and mail: they hold nothing of anybody by design, and were not looked through; the briefings "
    "that they were made from were",
    "the disk's own free space, snapshots of it, and copies that people made",
)
_WAIT_S: Final = 30.0
_LEFT: Final = ("left_by_decision", "kept_against_the_plan", "kept_by_legal_holds_of_others")


def erase(
    service: PrivacyService,
    ref: str,
    actor: str,
    elsewhere: Elsewhere = Elsewhere(),  # noqa: B008 - a value
    decided: Mapping[str, bool] | None = None,
    *,
    is_whole_list: bool = False,
    wait_s: float = _WAIT_S,
) -> dict[str, Any]:
    """Takes a person out of everything, and keeps a certificate of it; see find_person for `ref`.

    `decided`: changes of the plan by id, and whether they are made; what is not named is made where it is sure.
    `is_whole_list`: what is not named is left, references excepted.
    `wait_s`: for how long others who read the database are waited for; where they go on, the certificate is not
    complete, and `finish` ends the work.

    Raises TaskingError, before anything is changed, where nobody is known by it, or several people are, or the name is
    too short or too common, where a legal hold keeps what is theirs, or for a decision about no such change; and
    afterwards where something of them is still found. It is safe to be cut off and run again.
    """
    with in_turn(service.linkage):  # linking would write back ids that it read before they were replaced
        person = find_person(service, ref)
        _refuse_what_is_held(service, person)
        planned = plan(service, person, elsewhere)
        done, left = planned.ticked(decided or {}, is_whole=is_whole_list)
        if not done:
            hint = f"; {len(left)} places may speak of them: see --dry-run" if left else ""
            for one in store.unfinished(service.warehouse):
                hint += f"; erasure {one} was cut off: end it with `tasking erase --finish {one}`"
            raise TaskingError(f"nobody is known by this: no report, no held row, no kept file{hint}")
        erasure_id, new_key = f"E-{secrets.token_hex(4)}", ERASED_KEY + secrets.token_hex(16)
        certificate = _certificate(service, ref, actor, erasure_id, planned, done, left, elsewhere)
        with service.warehouse.writing() as connection:  # files go first: that they may be gone is known from here on
            audit_log.append_log(connection, service.clock(), actor, "erasure begun", erasure_id, "")
        _change_warehouse(service, planned, done, new_key, certificate, _change_outside(done))
    pages = _forget(service, elsewhere, wait_s)
    found = search(
        service,
        planned.statement,
        Left([*left, *planned.blocked], planned.ids),
        elsewhere,
        are_pages_gone=pages.is_done,
    )
    _conclude(certificate, pages, found)
    _keep(service, certificate)
    if found.places:
        raise TaskingError(
            f"something of this person is still found in {len(found.places)} places "
            f"({', '.join(found.places[:3])}): run it again; see certificate {erasure_id}"
        )
    return certificate


def finish(
    service: PrivacyService,
    erasure_id: str,
    actor: str,
    elsewhere: Elsewhere = Elsewhere(),  # noqa: B008 - a value
    ref: str = "",
    *,
    wait_s: float = _WAIT_S,
) -> dict[str, Any]:
    """Ends an erasure that others who read the database kept from its end: what was deleted leaves the disk.

    With `ref` everything is looked through for that number, address or name once more. Raises TaskingError where there
    is no such erasure, or something is found.
    """
    kept = store.certificate(service.warehouse, erasure_id)
    if kept is None:
        raise TaskingError(f"there is no erasure {erasure_id}")
    certificate: dict[str, Any] = json.loads(kept)
    statement = _statement_of(service, certificate, ref) if ref else None
    pages = _forget(service, elsewhere, wait_s)
    found = Found()
    if statement is not None:
        found = search(service, statement, Left((), {}), elsewhere, are_pages_gone=pages.is_done)
        if any(certificate.get(one) for one in _LEFT):  # which places these are, is not kept: they tell who it was
            found.left, found.places = found.left + len(found.places), []
    certificate["finished_by"] = actor
    certificate["finished_at"] = service.clock().isoformat(timespec="seconds")
    before = certificate["found_afterwards"] or 0
    _conclude(certificate, pages, found if ref else None)
    if statement is not None and before > len(found.places) and _is_narrower(statement, certificate):
        certificate["found_afterwards"], certificate["is_complete"] = before, False
        certificate["still_to_do"].insert(0, "more was found than this looked for: run `tasking erase` again")
    _keep(service, certificate)
    if found.places:
        raise TaskingError(f"something is still found in {len(found.places)} places: {', '.join(found.places[:3])}")
    return certificate


def _statement_of(service: PrivacyService, certificate: Mapping[str, Any], ref: str) -> Statement:
    """What is looked for. Raises TaskingError where it is somebody else, or there is nothing to look for."""
    if not hmac.compare_digest(_subject(service, ref), certificate["subject"]):
        raise TaskingError(
            f"{certificate['erasure']} is of somebody else: give what it was begun with, as it was written then"
        )
    statement = statement_for(service, ref)
    if not (statement.names or statement.phones or statement.emails):
        raise TaskingError("there is nothing to look for in that: run `tasking erase` again with a number or a name")
    return statement


def _looked_for(statement: Statement) -> dict[str, int]:
    return {"names": len(statement.names), "numbers": len(statement.phones), "addresses": len(statement.emails)}


def _is_narrower(statement: Statement, certificate: Mapping[str, Any]) -> bool:
    """Whether less is looked for than when it was erased, of which only the number is kept."""
    before = certificate.get("looked_for") or {}
    return not before or any(count < before.get(kind, 0) for kind, count in _looked_for(statement).items())


def _subject(service: PrivacyService, ref: str) -> str:
    key = service.conventions.pseudonyms.key
    return hmac.new(key, f"erasure\x1f{ref}".encode(), hashlib.sha256).hexdigest()[:32]


def _refuse_what_is_held(service: PrivacyService, person: Person) -> None:
    theirs = {one.report_id for one in person.known}
    for hold in legal_holds.in_force(service.warehouse):
        if set(hold.people) & person.keys or set(hold.reports) & theirs:
            raise TaskingError(f"not erased: legal hold {hold.hold_id} keeps what is theirs ({hold.reason})")


def _change_outside(done: Sequence[Change]) -> Counter[str]:
    """Files and Airflow's database come first: as long as the warehouse knows them, all of it can be run again."""
    removed: Counter[str] = Counter()
    spots: dict[Path, list[Spot]] = defaultdict(list)
    databases: dict[str, list[Spot]] = defaultdict(list)
    for change in done:
        target = change.target
        if isinstance(target, Whole):
            target.path.unlink(missing_ok=True)
            removed["kept files" if change.where == "kept file" else "other files"] += 1
        elif isinstance(target, Spot) and isinstance(target.cell, Path):
            spots[target.cell].append(target)
        elif isinstance(target, Outside):
            databases[target.url].append(target.spot)
    for path in [one for one in spots if not one.exists()]:
        del spots[path]  # it went whole
    for path, inside in spots.items():
        _rewrite(path, inside)
        removed["other files"] += 1
    for url, inside in databases.items():
        with redaction.opened(url) as engine, engine.begin() as connection:
            values = _new_values(inside)
            redaction.update(connection, values)
            removed["Airflow's database"] += len(values)
    return removed


def _rewrite(path: Path, spots: Iterable[Spot]) -> None:
    """Changes lines of a text where it lies, so that a task that still writes into it goes on doing so."""
    by_line: dict[int, list[Spot]] = defaultdict(list)
    for spot in spots:
        by_line[spot.path[0]].append(spot._replace(path=spot.path[1:]))
    lines = path.read_bytes().decode().splitlines(keepends=True)
    for number, inside in by_line.items():
        body = lines[number].rstrip("\r\n")
        end = lines[number][len(body) :]
        lines[number] = _with_spots(body, inside) + end
    with path.open("r+", encoding="utf-8", newline="") as file:
        file.write("".join(lines))
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def _new_values(spots: Iterable[Spot]) -> list[tuple[Cell, Any]]:
    """Each cell with its value without what is erased."""
    cells: dict[tuple[Any, ...], list[Spot]] = defaultdict(list)
    for spot in spots:
        if isinstance(spot.cell, Cell):
            cells[spot.cell.table, spot.cell.key, spot.cell.column].append(spot)
    found = []
    for inside in cells.values():
        cell = inside[0].cell
        assert isinstance(cell, Cell)  # noqa: S101 - see above
        found.append((cell, _with_spots(cell.value, inside)))
    return found


def _with_spots(value: Any, spots: Iterable[Spot]) -> Any:
    texts, spots = dict(leaves(value)), list(spots)
    whole = {spot.path for spot in spots if (spot.start, spot.end) == (0, len(texts[spot.path]))}
    spots = [spot for spot in spots if spot.path not in whole or (spot.start, spot.end) == (0, len(texts[spot.path]))]
    new: dict[tuple[Any, ...], str] = {}
    for spot in sorted(spots, key=lambda spot: -spot.start):
        text = new.get(spot.path, texts[spot.path])
        new[spot.path] = text[: spot.start] + spot.by + text[spot.end :]
    return with_leaves(value, new)


def _change_warehouse(
    service: PrivacyService,
    planned: Plan,
    done: Sequence[Change],
    new_key: str,
    certificate: dict[str, Any],
    outside: Counter[str],
) -> None:
    """All of it in one transaction, with a certificate that says that the work is not done yet."""
    known = [one.target for one in done if isinstance(one.target, Known)]
    held = {one.target.held_id for one in done if isinstance(one.target, Held)}
    references = {
        (one.target.feed, one.target.old): one.target.new for one in done if isinstance(one.target, Reference)
    }
    emptied = {(one.report_id, one.revision) for one in known}
    spots = [
        spot
        for spot in (one.target for one in done if isinstance(one.target, Spot))
        if isinstance(spot.cell, Cell)
        and not (spot.cell.table == "held" and spot.cell.key[0] in held and spot.cell.column != "reason")
        and not (spot.cell.column in ("text", "place_text") and spot.cell.key in emptied)
    ]
    changed_entries = sorted(
        {spot.cell.key[0] for spot in spots if isinstance(spot.cell, Cell) and spot.cell.table == "log"}
    )
    removed: Counter[str] = Counter()
    with service.warehouse.writing() as connection:
        overwrite_deleted(connection)
        removed += store.store_words(connection, _new_values(spots))
        removed += store.erase_reports(connection, known, new_key)
        removed["held rows"] = store.empty_held(connection, held)
        removed += store.replace_references(connection, planned.ids, references)
        certificate["removed"] = dict(sorted((+(removed + outside)).items()))
        text = json.dumps(certificate, ensure_ascii=False, indent=2)
        note = audit_log.note_of_erasure("begun", changed_entries)
        store.store_certificate(connection, certificate["erasure"], text, certificate["by"], note, service.clock())


def _forget(service: PrivacyService, elsewhere: Elsewhere, wait_s: float) -> Forgotten:
    """Deleted rows leave the disk, of the warehouse and of Airflow's database."""
    done = [forget_pages(service.warehouse.engine, wait_s)]
    for url in elsewhere.databases:
        with redaction.opened(url) as engine:
            done.append(forget_pages(engine, wait_s))
    why = "; ".join(one.why for one in done if not one.is_done)
    notes = tuple(dict.fromkeys(note for one in done for note in one.notes))
    return Forgotten(all(one.is_done for one in done), why, notes)


def _certificate(
    service: PrivacyService,
    ref: str,
    actor: str,
    erasure_id: str,
    planned: Plan,
    done: Sequence[Change],
    left: Sequence[Change],
    elsewhere: Elsewhere,
) -> dict[str, Any]:
    return {
        "schema": 2,
        "erasure": erasure_id,
        "partnership": service.partnership.name,
        "erased_at": service.clock().isoformat(timespec="seconds"),
        "by": actor,
        "subject": _subject(service, ref),
        "looked_for": _looked_for(planned.statement),
        "reports_whose_caller_could_not_be_read_as_a_name": planned.person.unread,
        "is_complete": False,
        "reports": len({one.target.report_id for one in done if isinstance(one.target, Known)}),
        "removed": {},
        "left_by_decision": dict(sorted(Counter(one.kind for one in left if not one.is_sure).items())),
        "kept_against_the_plan": dict(sorted(Counter(one.kind for one in left if one.is_sure).items())),
        "kept_by_legal_holds_of_others": dict(sorted(Counter(one.kind for one in planned.blocked).items())),
        "looked_through": _looked_through(elsewhere),
        "found_afterwards": None,
        "deleted_pages_given_up": False,
        "still_to_do": [f"not yet: run `tasking erase --finish {erasure_id}`"],
        "back_ups": [
            f"{one.subject}, of {one.at:%Y-%m-%d}"
            for one in audit_log.entries_of(service.warehouse, audit_log.BACKED_UP)
        ],
        "not_ours_to_erase": list(_ELSEWHERE),
    }


def _conclude(certificate: dict[str, Any], pages: Forgotten, found: Found | None) -> None:
    """Says in the certificate how it ended."""
    certificate["deleted_pages_given_up"] = pages.is_done
    if found is not None:
        certificate["found_afterwards"] = len(found.places)
        certificate["found_where_it_was_left"] = found.left
        certificate["in_columns_without_words_of_anybody"] = dict(sorted(found.ours.items()))
        certificate["could_not_be_looked_into"] = dict(sorted(found.closed.items()))
        certificate["back_ups"] = sorted({*certificate["back_ups"], *found.back_ups})
    to_do = list(pages.notes)
    if not pages.is_done:
        to_do.insert(0, f"not yet: close {pages.why} and run `tasking erase --finish {certificate['erasure']}` again")
    if certificate["found_afterwards"] is None:
        number = certificate["erasure"]
        to_do.insert(0, f"not searched yet: run `tasking erase --finish {number} --subject REF`, with who it was")
    if certificate.setdefault("back_ups", []):
        to_do.append("the back-ups named here: destroy them, or erase again after restoring one and make them anew")
    unread = certificate.get("reports_whose_caller_could_not_be_read_as_a_name", 0)
    if unread and not certificate["looked_for"]["names"]:
        to_do.append(f"in {unread} reports the caller could not be read as a name, so none was looked for elsewhere")
    certificate["still_to_do"] = to_do
    certificate["is_complete"] = pages.is_done and certificate["found_afterwards"] == 0


def _keep(service: PrivacyService, certificate: Mapping[str, Any]) -> None:
    text = json.dumps(certificate, ensure_ascii=False, indent=2)
    note = audit_log.note_of_erasure(f"certificate {hashlib.sha256(text.encode()).hexdigest()}")
    actor = certificate.get("finished_by", certificate["by"])
    with service.warehouse.writing() as connection:
        store.store_certificate(connection, certificate["erasure"], text, actor, note, service.clock())


def _looked_through(elsewhere: Elsewhere) -> list[str]:
    told = ["every cell of the warehouse, and the bytes of its files where it has files of its own", "kept deliveries"]
    told += [f"the files under {folder.name}/" for folder in elsewhere.folders]
    told += [f"{folder.name}: looked through, not changed" for folder in elsewhere.only_searched]
    return [*told, *(["every cell of Airflow's own database"] if elsewhere.databases else [])]
