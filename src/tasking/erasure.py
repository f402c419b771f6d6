"""One person is taken out of everything that we keep, and a certificate says what was found and removed.

What was reported, when, and at which public place stays: it is the partnership's history, and says nothing of them.
Their reports still count as one complainant's, under a key that is nobody's.
"""

import hashlib
import hmac
import json
import re
import secrets
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple
from unicodedata import combining, normalize

import pandas as pd

from tasking.desk import Desk
from tasking.feeds.archive import texts_inside
from tasking.feeds.contacts import normalised_phones
from tasking.model.errors import TaskingError
from tasking.warehouse import erasure as store
from tasking.warehouse import legal_holds, sweep
from tasking.warehouse.erasure import ERASED_KEY, Known
from tasking.warehouse.log import ERASED

_GAP: Final = r"[\s()\-.,·/]*"  # what may stand between the letters of a name or the digits of a number
_SPARED: Final = ("erasure", "legal_hold", "alembic_version")
_SURE: Final = 9  # letters or digits without which a word would also be somebody else's
_ELSEWHERE: Final = (
    "the partners' own systems and what waits in their mailboxes and stores: ask them",
    "back-ups made before: restore none without erasing again",
    "messages: they hold nothing of anybody; the briefings that they were made from were looked through",
)


class Elsewhere(NamedTuple):
    """What is kept outside the warehouse and the archive: folders of texts, and Airflow's own database."""

    folders: Sequence[Path] = ()
    databases: Sequence[str] = ()


@dataclass(frozen=True)
class Person:
    """Somebody by all that is known of them: pseudonyms, names in small letters, and how they are written."""

    keys: frozenset[str]
    names: frozenset[str]
    words: frozenset[str]
    known: tuple[Known, ...]

    @property
    def surnames(self) -> re.Pattern[str]:
        """Finds a surname alone: theirs only where their own incidents are told of."""
        names = {name.split()[-1] for one in self.known for name in self.names_in(one) if len(name.split()) > 1}
        ways = sorted({form for name in names if len(name) > 3 for form in (name, _plain(name))})
        return re.compile(r"\b(?:" + "|".join(map(re.escape, ways)) + r")\b" if ways else r"(?!)", re.IGNORECASE)

    @staticmethod
    def names_in(one: Known) -> list[str]:
        """Their own names in a report."""
        names = (one.caller_name if one.is_caller else None, one.subject_name if one.is_subject else None)
        return [name for name in names if name]

    @property
    def pattern(self) -> re.Pattern[str]:
        """Finds any of their words, however it is spaced and in any case."""
        ways = [_GAP.join(re.escape(letter) for letter in word) for word in sorted(self.words, key=len, reverse=True)]
        return re.compile("|".join(ways) or r"(?!)", re.IGNORECASE)


def find_person(desk: Desk, ref: str) -> Person:
    """Who is meant by a telephone number, an e-mail address, a whole name, a pseudonym, or `<feed>:<reference>` of a
    report that they made. Raises TaskingError for what can't be meant.

    From each report that they made their name, number and address are taken on, and whatever else is under those. A
    name takes in everybody who bears it: give a number or an address where two may.
    """
    keys, names, words = _meant(desk, ref.strip())
    known: list[Known] = []
    while True:
        known = store.reports_of(desk.warehouse, keys, names, words)
        told = {word for one in known if one.is_caller for word in (one.caller_phone, one.caller_email) if word}
        own = {name for one in known for name in Person.names_in(one) if len(name.split()) > 1}
        more = {_key(desk, "caller", word) for word in told} | {_key(desk, "person", name.casefold()) for name in own}
        if more <= keys and told | own <= words:
            break
        keys, words = keys | more, words | told | own
    return Person(frozenset(keys), frozenset(names), frozenset(_ways(words)), tuple(known))


def erase(desk: Desk, ref: str, actor: str, elsewhere: Elsewhere = Elsewhere()) -> dict[str, Any]:  # noqa: B008 - a value
    """Takes a person out of everything, and keeps a certificate of it; see find_person for `ref`.

    Raises TaskingError where nobody is known by it, where a legal hold keeps what is theirs, or where something of them
    is still found afterwards. It is safe to be cut off and run again.
    """
    person = find_person(desk, ref)
    _refuse_what_is_held(desk, person)
    pattern, new_key = person.pattern, ERASED_KEY + secrets.token_hex(16)
    files = _files(desk, pattern, elsewhere.folders)
    if not person.known and not files and not _is_in_texts(desk, pattern):
        raise TaskingError("nobody is known by this: no report, no held row, no kept file")
    removed: Counter[str] = Counter()
    with desk.warehouse.writing() as connection:
        removed["held rows"] = store.empty_held(connection, pattern)
        removed += store.erase_reports(connection, person.known, new_key)
        removed["surnames in the same incidents"] = store.erase_near(connection, person.known, person.surnames, ERASED)
        removed["proposals"] = store.replace_key(connection, person.keys, new_key)
        removed += sweep.sweep(connection, pattern, ERASED, _SPARED)
    has_forgotten = sweep.forget_pages(desk.warehouse.engine)
    for path in files:
        removed[_cleaned(desk, path, pattern)] += 1
    for url in elsewhere.databases:
        removed["Airflow's database"] += sweep.sweep_database(url, pattern, ERASED)
    left = _is_in_texts(desk, pattern) + len(_files(desk, pattern, elsewhere.folders))
    certificate = {
        "schema": 2,
        "erasure": f"E-{secrets.token_hex(4)}",
        "partnership": desk.partnership.name,
        "erased_at": desk.clock().isoformat(timespec="seconds"),
        "by": actor,
        "subject": hmac.new(desk.house.pseudonyms.key, f"erasure\x1f{ref}".encode(), hashlib.sha256).hexdigest()[:32],
        "reports": len({one.report_id for one in person.known}),
        "removed": dict(sorted((+removed).items())),
        "looked_through": _looked_through(elsewhere),
        "found_afterwards": left,
        "deleted_pages_given_up": has_forgotten,  # else the database was busy: VACUUM it
        "not_ours_to_erase": list(_ELSEWHERE),
    }
    text = json.dumps(certificate, ensure_ascii=False, indent=2)
    digest = hashlib.sha256(text.encode()).hexdigest()
    store.store_certificate(desk.warehouse, str(certificate["erasure"]), text, actor, digest, desk.clock())
    if left:
        raise TaskingError(
            f"something of this person is still found in {left} places: run it again; see the certificate"
        )
    return certificate


def place_hold(desk: Desk, ref: str, reason: str, actor: str) -> str:
    """Keeps a person, or a report by `<feed>:<reference>`, whatever its age and whoever asks. Returns the hold's id.

    Raises TaskingError without a reason, or where nothing is known by the reference.
    """
    if not reason.strip():
        raise TaskingError("say why it must be kept")
    reports = _reports(desk, ref)
    people = [] if reports else sorted(find_person(desk, ref).keys)
    return legal_holds.place(desk.warehouse, people, reports, reason.strip()[:500], actor, desk.clock())


def lift_hold(desk: Desk, hold_id: str, reason: str, actor: str) -> None:
    """Ends a hold. Raises TaskingError where there is none of this id in force, or no reason."""
    if not reason.strip():
        raise TaskingError("say why it need not be kept any more")
    if not legal_holds.lift(desk.warehouse, hold_id, reason.strip()[:500], actor, desk.clock()):
        raise TaskingError(f"there is no legal hold {hold_id} in force")


def _meant(desk: Desk, ref: str) -> tuple[set[str], set[str], set[str]]:
    """(pseudonyms, names, words) that a reference stands for."""
    if not ref:
        raise TaskingError(
            "whom? a telephone number, an e-mail address, a whole name, or <feed>:<reference> of a report"
        )
    if re.fullmatch(r"k\d+:[0-9a-f]{32}", ref):
        return {ref}, set(), set()
    if "@" in ref:
        return {_key(desk, "caller", ref.casefold())}, set(), {ref.casefold()}
    if re.sub(_GAP, "", ref).lstrip("+").isdigit():
        phone = normalised_phones(pd.Series([ref], dtype="str")).iloc[0]
        if pd.isna(phone):
            raise TaskingError("that is no telephone number")
        return {_key(desk, "caller", str(phone))}, set(), {str(phone)}
    if reports := _reports(desk, ref):
        told = [one for report in reports for one in store.people_of(desk.warehouse, report)]
        contacts = {word for one in told for word in (one.caller_phone, one.caller_email) if word}
        if not contacts:
            raise TaskingError("whoever made that report left neither number nor address: give the whole name")
        return {_key(desk, "caller", word) for word in contacts}, set(), contacts
    if len(ref.split()) < 2:
        raise TaskingError("a name is a forename and a surname: one word alone is too many people's")
    return {_key(desk, "person", ref.casefold())}, {ref.casefold()}, {ref}


def _reports(desk: Desk, ref: str) -> list[str]:
    feed, colon, source_ref = ref.partition(":")
    if not colon or feed not in desk.feeds:
        return []
    found = store.report_ids(desk.warehouse, feed, source_ref.strip())
    if len(found) > 1:
        raise TaskingError(f"{len(found)} reports have that reference; name one with its day: {found[0]}")
    return found


def _key(desk: Desk, domain: str, value: str) -> str:
    return desk.house.pseudonyms.one(domain, value)


def _ways(words: Collection[str]) -> set[str]:
    """Every way in which a word is written: a number also without its country, a name also with the surname first, and
    without accents."""
    found = set()
    turned = {" ".join([one.split()[-1], *one.split()[:-1]]) for one in words if " " in one.strip()}
    for word in {form for one in {*words, *turned} for form in (one, normalize("NFD", one), _plain(one))}:
        squeezed = re.sub(_GAP, "", word)
        if len(squeezed) >= _SURE or "@" in squeezed or " " in word.strip():
            found.add(squeezed)
        if squeezed.startswith("+44"):
            found |= {f"0{squeezed[3:]}", f"0044{squeezed[3:]}"}
    return found


def _plain(word: str) -> str:
    return "".join(letter for letter in normalize("NFD", word) if not combining(letter))


def _refuse_what_is_held(desk: Desk, person: Person) -> None:
    theirs = {one.report_id for one in person.known}
    for hold in legal_holds.in_force(desk.warehouse):
        if set(hold.people) & person.keys or set(hold.reports) & theirs:
            raise TaskingError(f"not erased: legal hold {hold.hold_id} keeps what is theirs ({hold.reason})")


def _is_in_texts(desk: Desk, pattern: re.Pattern[str]) -> int:
    """In how many places of the warehouse something is found."""
    with desk.warehouse.engine.connect() as connection:
        return sum(sweep.sweep(connection, pattern, ERASED, spared=None).values())


def _files(desk: Desk, pattern: re.Pattern[str], folders: Sequence[Path]) -> list[Path]:
    """The kept deliveries and other files in which something is found."""
    paths = [path for folder in (desk.archive.folder, *folders) for path in folder.rglob("*") if path.is_file()]
    return [path for path in paths if any(pattern.search(text) for text in texts_inside(path.read_bytes()))]


def _cleaned(desk: Desk, path: Path, pattern: re.Pattern[str]) -> str:
    """A kept delivery goes: changed, it would be evidence of nothing. Of any other text the words go."""
    if path.is_relative_to(desk.archive.folder):
        path.unlink(missing_ok=True)
        return "kept files"
    path.write_text(pattern.sub(ERASED, path.read_text(encoding="utf-8", errors="replace")), encoding="utf-8")
    return "other files"


def _looked_through(elsewhere: Elsewhere) -> list[str]:
    told = ["every text of the warehouse: reports, held rows, notes, briefings, taskings, the log", "kept deliveries"]
    told += [f"the files under {folder.name}/" for folder in elsewhere.folders]
    return [*told, *(["Airflow's own database: runs, XComs, rendered fields, notes"] if elsewhere.databases else [])]
