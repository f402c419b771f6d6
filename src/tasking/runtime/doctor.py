"""Health checks of an installation. Each runs on its own, so that one failure does not hide another."""

import shutil
import stat
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final

import httpx

from tasking import delivery, flows
from tasking.casefile.scanning import ScannerDown
from tasking.config.desk_feed import DESK
from tasking.delivery.channels import UnopenedChannel
from tasking.model.day import days_between
from tasking.model.errors import PromiseBroken, TaskingError
from tasking.model.health import Check
from tasking.model.recipient import Addressee, Recipient
from tasking.privacy import rekeying
from tasking.runtime.local import open_services
from tasking.runtime.partnerships import declaration_faults
from tasking.runtime.settings import Settings
from tasking.services import Services
from tasking.warehouse import health

_LEAST_FREE_GB: Final = 1.0
_LEAST_FREE: Final = 0.05  # of the disk
_MOST_APART_S: Final = 5.0
_LOOKED_BACK: Final = timedelta(days=14)
_GRACE: Final = timedelta(days=3)  # housekeeping may fail for a night or two
_KINDS: Final = ("briefing", "fallback", "weekly", "ops", "restricted")


def examine(settings: Settings, open_: Callable[[Settings], Services] = open_services) -> list[Check]:
    """Runs every check. If the services cannot be opened, says so and leaves out the checks that need them."""
    checks = [_of("disk", lambda: _disk(settings)), _of("airflow", lambda: _airflow(settings))]
    if settings.partnerships and not settings.partnership:
        return [*checks, _of("partnerships", lambda: _partnerships(settings))]
    try:
        services = open_(settings)
    except TaskingError as error:
        return [
            *checks,
            Check("declarations and database", False, str(error), "fix this first; the other checks need it"),
        ]
    looks: dict[str, Callable[[], Check]] = {
        "migrations": lambda: _migrations(services),
        "clock": lambda: _clock(services),
        "keys": lambda: _keys(settings, services),
        "feeds": lambda: _feeds(services),
        "feeds of before": lambda: _feeds_of_before(services),
        "days": lambda: _days(services),
        "channels": lambda: _channels(services),
        "briefing": lambda: _briefing(services),
        "ledger": lambda: _ledger(services),
        "retention": lambda: _retention(services),
        "log": lambda: _log(services),
        "virus scanner": lambda: _virus_scanner(services),
    }
    return [*checks, Check("declarations and database", True, "they open"), *(_of(*one) for one in looks.items())]


def _of(name: str, look: Callable[[], Check]) -> Check:
    try:
        return look()
    except Exception as error:  # the failure is the result of this check; the next ones still run
        said = str(error) if isinstance(error, TaskingError) else type(error).__name__
        return Check(name, False, f"could not be checked: {said}", "if it stays, report it to the maintainers")


def _disk(settings: Settings) -> Check:
    there = next(path for path in (settings.var, *settings.var.parents) if path.exists())
    total, _, free = shutil.disk_usage(there)
    is_well = free / 2**30 >= _LEAST_FREE_GB and free / total >= _LEAST_FREE
    words = f"{free / 2**30:.1f} GB free of {total / 2**30:.0f}"
    return Check(
        "disk", is_well, words, "" if is_well else "free some space: a delivery that can't be stored is not received"
    )


def _airflow(settings: Settings) -> Check:
    if settings.airflow_url is None:
        return Check("airflow", True, "not checked: TASKING_AIRFLOW_URL is not set")
    try:
        answer = httpx.get(f"{settings.airflow_url.rstrip('/')}/api/v2/monitor/health", timeout=10).json()
    except (httpx.HTTPError, ValueError):
        return Check("airflow", False, "its API does not answer", "is the API server up? see its log")
    ill = sorted(part for part, state in answer.items() if state and state.get("status") not in ("healthy", None))
    advice = f"start again: {', '.join(ill)}" if ill else ""
    return Check("airflow", not ill, f"{', '.join(ill)} not healthy" if ill else "every part is healthy", advice)


def _partnerships(settings: Settings) -> Check:
    found = declaration_faults(settings)
    words = "; ".join(found) or f"{len(settings.partnerships)}, sound"
    return Check("partnerships", not found, words, "see: tasking partnerships check" if found else "")


def _migrations(services: Services) -> Check:
    found, newest = health.migrations(services.warehouse)
    if found == newest:
        return Check("migrations", True, f"at {found}, the newest")
    advice = "deploy the newer version here too" if found > newest else "restart: it is migrated when it is opened"
    return Check("migrations", False, f"the tables are at {found}, this version knows {newest}", advice)


def _clock(services: Services) -> Check:
    other = health.clock(services.warehouse)
    if other is None:
        return Check(
            "clock", True, f"{datetime.now(UTC):%H:%M:%S} UTC; the database is a file here, no other clock to ask"
        )
    apart = abs((datetime.now(UTC) - other).total_seconds())
    is_well = apart <= _MOST_APART_S
    words = f"{apart:.1f} s from the database's"
    return Check("clock", is_well, words, "" if is_well else "synchronise both machines with NTP")


def _keys(settings: Settings, services: Services) -> Check:
    path = settings.var / "pseudonym.key"
    in_force, used = services.conventions.pseudonyms.key_id, rekeying.keys_in_use(services.privacy)
    if old := sorted(set(used) - {in_force, "e0"}):
        return Check(
            "keys", False, f"{in_force} is in force, and reports are under {', '.join(old)}", "tasking keys rekey"
        )
    if settings.pseudonym_key is None and stat.S_IMODE(path.stat().st_mode) & 0o077:
        return Check("keys", False, f"{path.name} can be read by others", f"chmod 600 {path.name}")
    return Check(
        "keys", True, f"{in_force} is in force, from " + ("the environment" if settings.pseudonym_key else "its file")
    )


def _feeds(services: Services) -> Check:
    missing = []
    for feed in services.partnership.feeds:
        try:
            services.open_transport(services.feeds[feed])
        except TaskingError:
            missing.append(feed)
    advice = "make the connections " + ", ".join(f"feed_{name}" for name in missing) if missing else ""
    words = f"no address for {', '.join(missing)}" if missing else f"{len(services.partnership.feeds)} have an address"
    return Check("feeds", not missing, words, advice)


def _virus_scanner(services: Services) -> Check:
    """Has a few bytes scanned, as an upload is."""
    if services.scanner is None:
        words = "TASKING_CLAMD is not set: photos are kept without a scan, and PDF files are refused"
        return Check("virus scanner", True, words)
    try:
        services.scanner.check(b"tasking doctor")
    except ScannerDown:
        advice = "start ClamAV’s daemon, or put TASKING_CLAMD right"
        return Check("virus scanner", False, "it does not answer: no photo or document is accepted", advice)
    return Check("virus scanner", True, "it answers: photos and documents are scanned before they are kept")


def _feeds_of_before(services: Services) -> Check:
    """Feeds with stored deliveries that are no longer declared: removed or renamed."""
    polled = services.intake.days_polled()
    gone = sorted(set(polled) - {*services.partnership.feeds, DESK})
    for feed in gone:
        first, last = polled[feed]
        heirs = [one for one in services.partnership.feeds if one in polled and first < polled[one][0] >= last]
        if heirs and last >= _today(services) - _LOOKED_BACK:
            words = (
                f"{feed} is no longer a feed, and {', '.join(heirs)} began when it ended. Is it the same one, renamed?"
            )
            advice = f"if so call it {feed} again: under a new name what is sent again counts twice; see the runbook"
            return Check("feeds of before", False, words, advice)
    return Check("feeds of before", True, f"removed: {', '.join(gone)}" if gone else "no feed has been removed")


def _days(services: Services) -> Check:
    """Was every feed polled for each of the last days? The file of a day on which the machine was off is not fetched
    otherwise."""
    since, until = _today(services) - _LOOKED_BACK, _today(services) - timedelta(days=1)
    asked, polled = services.intake.polled_between(since, until), services.intake.days_polled()
    missed: dict[date, list[str]] = {}
    for feed in services.partnership.feeds:
        first = polled[feed][0] if feed in polled else _today(services)
        for day in days_between(max(since, first), until):
            if (feed, day) not in asked:
                missed.setdefault(day, []).append(feed)
    if not missed:
        return Check("days", True, f"every feed was checked on each of the last {_LOOKED_BACK.days} days")
    days, feeds = sorted(missed), {feed for named in missed.values() for feed in named}
    words = f"{', '.join(sorted(feeds))} not checked for {', '.join(str(day) for day in days)}"
    advice = f"start Briefing: daily for each, or: tasking replay --from {days[0]} --to {days[-1]}; nothing is posted"
    return Check("days", False, words, advice)


def _today(services: Services) -> date:
    return services.clock().astimezone(services.partnership.zone).date()


def _channels(services: Services) -> Check:
    names = []
    for kind in _KINDS:
        try:
            opened = services.open_channels(kind)
        except TaskingError as error:
            return Check("channels", False, f"{kind}: {error}", "make the connection, or set the variable")
        if unopened := [channel for channel in opened if isinstance(channel, UnopenedChannel)]:
            words = f"{kind}: {unopened[0].why}"
            return Check("channels", False, words, "make the connection, or set the variable")
        names += [channel.name.partition(":")[0] for channel in opened]
    partnership = services.partnership
    for whom in (*partnership.recipients, *filter(None, [partnership.chair])):
        if unknown := _unknown_areas(services, whom):
            words = f"{whom.name}: {unknown[0]!r} is no place, town or ward here"
            return Check("channels", False, words, "correct areas under recipients in partnership.yml")
        if isinstance(channel := services.open_route(whom.route), UnopenedChannel):
            words = f"{whom.name} can’t be sent anything: {channel.why}"
            return Check("channels", False, words, "make the connection, or set the variable")
    for one in partnership.attendees:
        if one.route and isinstance(channel := services.open_route(one.route), UnopenedChannel):
            words = f"{one.name} can’t be sent the minutes: {channel.why}"
            return Check("channels", False, words, "make the connection, or set the variable")
    if "console" in services.partnership.channels.of("briefing"):
        return Check("channels", True, "the briefing only goes to a console, not to chat")
    return Check("channels", True, ", ".join(dict.fromkeys(names)))


def _unknown_areas(services: Services, whom: Addressee) -> list[str]:
    """The areas of a recipient that no tasking can be in."""
    areas = whom.areas if isinstance(whom, Recipient) else []
    wards = {ward.casefold() for ward in services.gazetteer.ward_names}
    return [one for one in areas if one.casefold() not in wards and not any(services.gazetteer.public_name(one))]


def _briefing(services: Services) -> Check:
    """Was the briefing of the last past meeting posted?"""
    zone, meeting, calendar = services.partnership.zone, services.partnership.meeting, services.partnership.calendar
    now = services.clock().astimezone(zone)
    day = now.date() if now.time() >= meeting.word_by else now.date() - timedelta(days=1)
    while not calendar.is_meeting_day(day):
        day -= timedelta(days=1)
    if services.briefings.newest_day() is None:
        return Check("briefing", True, "none yet: nothing has run")
    if services.briefings.newest(day) is None:
        advice = f"start Briefing: daily with day {day}, or: tasking run --day {day}"
        return Check("briefing", False, f"there is none for {day}, the last meeting day", advice)
    if not delivery.is_posted(services.delivery, day):
        return Check(
            "briefing", False, f"the one for {day} is not in every channel", "clear the task post of Briefing: daily"
        )
    return Check("briefing", True, f"the one for {day}, the last meeting day, is posted")


def _ledger(services: Services) -> Check:
    day = services.briefings.newest_day()
    if day is None:
        return Check("ledger", True, "nothing has been received yet")
    try:
        flows.check_promises(services, day)
    except PromiseBroken as error:
        return Check("ledger", False, str(error), "report it to the maintainers, with: tasking export ledger")
    return Check("ledger", True, f"every row of {day} is accounted for")


def _retention(services: Services) -> Check:
    days, oldest = services.partnership.retention.people_days, health.oldest_person(services.warehouse)
    today = services.clock().astimezone(services.partnership.zone).date()
    if days is None or oldest is None or today - oldest <= timedelta(days=days) + _GRACE:
        return Check("retention", True, "no personal data is kept longer than declared")
    advice = "see the DAG Housekeeping, and the legal holds: tasking legal-hold list"
    return Check("retention", False, f"personal data from {oldest} is still here; the limit is {days} days", advice)


def _log(services: Services) -> Check:
    number = health.log_broken_at(services.warehouse)
    if number is None:
        return Check("log", True, "every entry is as it was written")
    return Check(
        "log",
        False,
        f"entry {number} is not as it was written",
        "the log has been changed: inform the person responsible for it",
    )
