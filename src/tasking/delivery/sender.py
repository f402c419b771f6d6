"""Sends each message at most once: claimed, sent, recorded. After an unclear answer the channel is asked first."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypeVar

import structlog

from tasking.delivery.channels import HANDED_OVER, Channel, Dated, InDoubt, Note
from tasking.delivery.store import outbox
from tasking.delivery.store.outbox import Claim, MessageKey, State
from tasking.model.errors import (
    ChannelBusy,
    ChannelInDoubt,
    NotPosted,
    TransportError,
    traceback_without_values,
)
from tasking.model.retry_policy import RetryPolicy
from tasking.warehouse import Warehouse

T = TypeVar("T")
log = structlog.get_logger(__name__)

UNCHANGED: Final = "already posted, unchanged"
FOUND_THERE: Final = "found there after an unclear answer"
NO_EDIT: Final = "already posted, and can't be edited"
_CLAIM_ATTEMPTS: Final = 150  # at most 60 to a lease, so more than two leases long
_SAME_CLOCK: Final = timedelta(hours=6)  # a channel's clock is ignored if it differs from ours by more


class Delivered(NamedTuple):
    """The channel's reference of a message, and what was done in words: posted, edited, unchanged ..."""

    reference: str
    words: str


class Endpoint(NamedTuple):
    """The calls for one message in one channel. `look_up` takes its idempotency key."""

    send: Callable[[Note], str]
    look_up: Callable[[str], str | None]
    update: Callable[[str, Note], None] | None = None  # None if it can't be edited
    posted_at: Callable[[str], datetime | None] = lambda _reference: None  # by the channel's clock


def message_endpoint(channel: Channel) -> Endpoint:
    """The calls for a message in the channel itself."""
    update = channel.update if channel.traits.can_edit else None
    endpoint = Endpoint(channel.send, channel.look_up, update)
    return endpoint._replace(posted_at=channel.posted_at) if isinstance(channel, Dated) else endpoint


def reply_endpoint(channel: Channel, thread: str) -> Endpoint:
    """The calls for a reply in the thread of the message with the reference `thread`."""
    return Endpoint(
        send=lambda note: channel.reply(thread, note),
        look_up=lambda idempotency_key: channel.look_up(idempotency_key, thread),
        update=channel.update if channel.traits.can_edit else None,
    )


@dataclass(frozen=True)
class Sender:
    """Sends messages to one channel. `in_doubt`: what to do when it is unclear whether the channel has a message."""

    warehouse: Warehouse
    channel: str
    in_doubt: InDoubt
    retry_policy: RetryPolicy
    now: Callable[[], datetime]
    key_prefix: str = ""  # the partnership's name, where several share a channel's server

    def deliver(self, key: MessageKey, version: int, make: Callable[[datetime], Note], endpoint: Endpoint) -> Delivered:
        """Sends the message, or edits it if the channel has an older text of it.

        `make` is called once the outbox row is claimed, so that the last caller sends the newest text. It is given the
        time at which the channel first had the message, or now.

        Raises TransportError if the channel did not accept it, ChannelBusy or ChannelInDoubt if it did not answer
        clearly, and NotPosted if another worker keeps the claim for too long. It is safe to call again after any.
        """
        holder = uuid.uuid4().hex
        claim = self._claimed(key, version, holder)
        if claim.state == State.WITHDRAWN:
            outbox.release(self.warehouse, key, holder, State.WITHDRAWN)
            return Delivered(claim.message_ref or "", "taken back")
        if claim.state == State.SENT:
            try:
                note = make(claim.sent_at or self.now())
            except Exception:
                outbox.release(self.warehouse, key, holder, State.SENT)
                raise
            return self._edit(key, version, holder, claim, note, endpoint)
        try:
            note = self._with_prefix(make(self.now()))
        except Exception:  # nothing was sent, so the row keeps its state
            outbox.release(self.warehouse, key, holder, claim.state or State.REFUSED)
            raise
        reference, words = self._send(key, holder, note, endpoint, claim.state)
        if words == FOUND_THERE and endpoint.update is not None:
            # Recorded before the edit, which may fail.
            self._record(key, holder, version, reference, "", endpoint)
            self.deliver(key, version, make, endpoint)
        else:
            self._record(key, holder, version, reference, note.content_hash(), endpoint)
        return Delivered(reference, words)

    def _record(
        self, key: MessageKey, holder: str, version: int, reference: str, content_hash: str, endpoint: Endpoint
    ) -> None:
        """Records that the channel has the message. Tries again if the database fails, because the message is out."""
        sent_at = self._sent_at(endpoint.posted_at(reference))

        def record() -> None:
            outbox.record_sent(self.warehouse, key, holder, version, reference, content_hash, sent_at)

        for _ in range(self.retry_policy.attempts - 1):
            try:
                return record()
            except Exception as error:
                where = traceback_without_values(error)
                log.error("what was sent is not recorded yet", channel=self.channel, where=where)
                self.retry_policy.sleep(self.retry_policy.pause_s)
        return record()

    def _sent_at(self, posted_at: datetime | None) -> datetime:
        """When the message was posted: by the channel's clock if it gives a plausible time, else by ours."""
        now = self.now()
        return posted_at if posted_at is not None and abs(now - posted_at) < _SAME_CLOCK else now

    def _with_prefix(self, note: Note) -> Note:
        return replace(note, idempotency_key=f"{self.key_prefix}:{note.idempotency_key}") if self.key_prefix else note

    def _claimed(self, key: MessageKey, version: int, holder: str) -> Claim:
        """Our claim of the row. Waits while another worker has it."""
        step = max(self.retry_policy.lease_s / 60, 0.05)
        for _ in range(_CLAIM_ATTEMPTS):
            claim = outbox.claim(self.warehouse, key, version, holder, self.retry_policy.lease)
            if claim.is_ours:
                return claim
            self.retry_policy.sleep(step)
        raise NotPosted(f"{self.channel}: another run has been posting this for too long")

    def _edit(
        self, key: MessageKey, version: int, holder: str, claim: Claim, note: Note, endpoint: Endpoint
    ) -> Delivered:
        reference, update = claim.message_ref or "", endpoint.update
        is_same = claim.content_hash == note.content_hash()
        if claim.version > version or (is_same and claim.version == version) or update is None:
            outbox.release(self.warehouse, key, holder, State.SENT)
            if claim.version > version:
                return Delivered(reference, f"v{claim.version} is already there")
            return Delivered(reference, UNCHANGED if is_same else NO_EDIT)
        if not is_same:

            def edit() -> None:
                self._renew_lease(key, holder)  # it may have expired while we waited
                update(reference, note)

            try:
                self.insist(edit)
            except (ChannelBusy, ChannelInDoubt, TransportError):
                outbox.release(self.warehouse, key, holder, State.SENT)
                raise
        outbox.record_sent(self.warehouse, key, holder, version, reference, note.content_hash(), self.now())
        return Delivered(reference, UNCHANGED if is_same else "edited")

    def _renew_lease(self, key: MessageKey, holder: str) -> None:
        if not outbox.renew_lease(self.warehouse, key, holder, self.retry_policy.lease):
            raise NotPosted(f"{self.channel}: another run took this message over")

    def _send(
        self, key: MessageKey, holder: str, note: Note, endpoint: Endpoint, before: State | None
    ) -> tuple[str, str]:
        """The reference of the message, and what was done. `before`: the state of its row when it was claimed."""
        is_doubtful, is_called = before == State.DOUBT, False
        try:
            for attempt in range(self.retry_policy.attempts):
                self._renew_lease(key, holder)
                try:
                    if is_doubtful:
                        reference = self._look_up(note, endpoint)
                        if reference is not None:
                            return reference, FOUND_THERE
                        is_doubtful = False
                        self._renew_lease(key, holder)
                    is_called = True
                    sent = endpoint.send(note)
                except (ChannelBusy, ChannelInDoubt) as error:
                    is_called = False
                    is_doubtful = is_doubtful or isinstance(error, ChannelInDoubt)
                    log.warning("no clear answer", channel=self.channel, key=note.idempotency_key, said=str(error))
                    if attempt + 1 == self.retry_policy.attempts or self._is_final(error):
                        raise
                    self._wait_for(error)
                else:
                    return sent, "handed over" if sent.startswith(HANDED_OVER) else "posted"
        except NotPosted:
            raise
        except (ChannelBusy, ChannelInDoubt, TransportError):
            outbox.release(self.warehouse, key, holder, State.DOUBT if is_doubtful else State.REFUSED)
            raise
        except Exception:  # our own fault: in doubt only if the channel was called
            outbox.release(self.warehouse, key, holder, State.DOUBT if is_called or is_doubtful else State.REFUSED)
            raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _look_up(self, note: Note, endpoint: Endpoint) -> str | None:
        """The reference of the message if the channel has it; None if it has not, or if sending twice is harmless."""
        if self.in_doubt == InDoubt.RESEND:
            return None
        if self.in_doubt == InDoubt.NEVER_RESEND:
            raise ChannelInDoubt(f"{self.channel}: may have the message, and we can't check: not sent again")
        for pause in (*self.retry_policy.look_up_pauses_s, 0.0):
            reference = endpoint.look_up(note.idempotency_key)
            if reference is not None:
                return reference
            self.retry_policy.sleep(pause)
        return None

    def insist(self, call: Callable[[], T]) -> T:
        """Repeats an idempotent call until the channel gives a clear answer, as often as the retry policy allows."""
        for attempt in range(self.retry_policy.attempts):
            try:
                return call()
            except (ChannelBusy, ChannelInDoubt) as error:
                if attempt + 1 == self.retry_policy.attempts or self._is_final(error):
                    raise
                self._wait_for(error)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _is_final(self, error: Exception) -> bool:
        """True if another try in this task would not help."""
        if isinstance(error, ChannelBusy):
            return error.retry_after_s > self.retry_policy.max_wait_s
        return self.in_doubt == InDoubt.NEVER_RESEND

    def _wait_for(self, error: Exception) -> None:
        self.retry_policy.sleep(error.retry_after_s if isinstance(error, ChannelBusy) else self.retry_policy.pause_s)
