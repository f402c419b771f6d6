"""Retention: each class of data is kept for as long as the partnership declares, and then removed."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import structlog

from tasking.delivery.channels import Remover
from tasking.delivery.store import outbox
from tasking.delivery.store.outbox import MessageKey, State
from tasking.model.errors import ChannelBusy, ChannelInDoubt, TaskingError, TransportError
from tasking.model.log_context import in_context
from tasking.model.partnership import Kind
from tasking.privacy.service import PrivacyService
from tasking.privacy.store import retention as store
from tasking.privacy.store.freed_pages import merge_words, overwrite_deleted
from tasking.privacy.store.legal_holds import in_force, reports_held
from tasking.warehouse.audit_log import append_log

log = structlog.get_logger(__name__)
_EMPTIED: Final = "reports emptied of partners' words"
_KINDS: tuple[Kind, ...] = ("briefing", "fallback", "weekly", "ops", "restricted")


@in_context
def purge(service: PrivacyService, today: date) -> dict[str, int]:
    """Removes what is older than `retention` in partnership.yml allows. Returns class of data -> how many were removed.

    What is under a legal hold is kept. Safe to interrupt and run again. The numbers removed are logged.
    """
    kept_for = service.partnership.retention
    removed: dict[str, int] = {}
    if before := _before(today, kept_for.deliveries_days):
        removed["deliveries"] = sum(
            service.archive.remove(digest) for digest in store.old_deliveries(service.warehouse, before)
        )
    if before := _before(today, kept_for.chat_days):
        removed["messages"] = _remove_messages(service, before)
    with service.warehouse.writing() as connection:
        overwrite_deleted(connection)
        kept = reports_held(connection, in_force(service.warehouse))
        if before := _before(today, kept_for.held_days):
            removed["held rows"] = store.purge_held(connection, before)
        if before := _before(today, kept_for.people_days):
            removed["people"] = store.purge_people(connection, before, kept)
            emptied = service.data_protection.emptied_with_people
            if count := store.empty_columns(connection, emptied, before, kept):
                removed[_EMPTIED] = count
        if before := _before(today, kept_for.reports_days):
            removed["reports"] = store.purge_reports(connection, before, kept)
            removed["saved filters"] = store.purge_saved_filters(connection, datetime.combine(before, time(), UTC))
            removed["meetings"] = store.purge_meetings(connection, before)
            removed["results of checks"] = store.purge_by_day(connection, "validation_result", before)
        if any(removed.get(name) for name in ("people", "reports", _EMPTIED)):
            merge_words(connection)
        if before := _before(today, kept_for.briefings_days):
            removed["briefings"] = store.purge_by_day(connection, "briefing", before)
        if before := _before(today, kept_for.log_days):
            removed["log entries"] = store.purge_log(connection, datetime.combine(before, time(), UTC))
        summary = ", ".join(f"{count} {name}" for name, count in removed.items() if count)
        if summary:
            append_log(connection, service.clock(), "tasking", "retention", str(today), summary)
    return removed


def _before(today: date, days: int | None) -> date | None:
    return today - timedelta(days=days) if days is not None else None


def _remove_messages(service: PrivacyService, before: date) -> int:
    """Removes old messages from the channels that allow it. A channel that does not respond is tried again tomorrow."""
    removers: dict[str, Remover] = {}
    for kind in _KINDS:
        try:
            removers |= {one.name: one for one in service.open_channels(kind) if isinstance(one, Remover)}
        except TaskingError as error:  # a channel that can't be opened does not stop the rest
            log.warning("no message could be removed", kind=kind, said=str(error))
    count = 0
    for row in store.posted_before(service.warehouse, before):
        remover = removers.get(row.channel)
        if remover is None:
            continue
        try:
            remover.remove(row.message_ref)
        except (ChannelBusy, ChannelInDoubt, TransportError) as error:
            log.warning("a message could not be removed", channel=row.channel, day=str(row.day), said=str(error))
            continue
        key, holder = MessageKey(row.day, row.channel, row.kind, row.part), "retention"
        if outbox.claim(service.warehouse, key, 0, holder, service.retry_policy.lease).is_ours:
            outbox.release(service.warehouse, key, holder, State.WITHDRAWN)
        count += 1
    return count
