"""A message is sent once, whatever breaks: claimed, sent, recorded; in doubt the channel is asked first."""

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
FOUND_THERE: Final = "found there after a doubtful answer"
NO_EDIT: Final = "already posted, and can't be edited"
_SAME_CLOCK: Final = timedelta(hours=6)  # a channel's clock that differs by more is not believed


class Delivered(NamedTuple):
    """`reference` is the channel's; `words` say what was done: posted, edited, unchanged ..."""

    reference: str
    words: str


class Endpoint(NamedTuple):
    """How one message goes to its channel: sent there, asked for by its key, edited (None where it can't be)."""

    send: Callable[[Note], str]
    look_up: Callable[[str], str | None]
    update: Callable[[str, Note], None] | None = None
    posted_at: Callable[[str], datetime | None] = lambda _reference: None  # by the channel's own clock


def message_endpoint(channel: Channel) -> Endpoint:
    """The way of a message of its own."""
    update = channel.update if channel.traits.can_edit else None
    endpoint = Endpoint(channel.send, channel.look_up, update)
    return endpoint._replace(posted_at=channel.posted_at) if isinstance(channel, Dated) else endpoint


def reply_endpoint(channel: Channel, thread: str) -> Endpoint:
    """The way of an answer in a thread."""
    return Endpoint(
        send=lambda note: channel.reply(thread, note),
        look_up=lambda idempotency_key: channel.look_up(idempotency_key, thread),
        update=channel.update if channel.traits.can_edit else None,
    )


@dataclass(frozen=True)
class Sender:
    """Sends one message at most once, in doubt as the channel's traits say."""

    warehouse: Warehouse
    channel: str
    in_doubt: InDoubt
    retry_policy: RetryPolicy
    now: Callable[[], datetime]
    mark: str = ""  # of the partnership, so that none finds another's message where they share a channel's server

    def deliver(self, key: MessageKey, version: int, make: Callable[[datetime], Note], endpoint: Endpoint) -> Delivered:
        """Sends the message, or edits it where it is there already and differs.

        `make` is given the time at which the channel first had it (or now), and is called when the row is held, so that
        whoever comes last sends the newest.

        Raises TransportError, ChannelBusy or ChannelInDoubt where the channel has not (or perhaps not) taken it, and
        NotPosted where somebody else is at it for too long. After each of them it is safe to call again.
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
            note = self._marked(make(self.now()))
        except Exception:  # nothing was sent: the row is as it was, or the channel could not be asked ever after
            outbox.release(self.warehouse, key, holder, claim.state or State.REFUSED)
            raise
        reference, words = self._send(key, holder, note, endpoint, claim.state)
        if words == FOUND_THERE and endpoint.update is not None:
            # It is there, whatever comes of bringing it up to date.
            self._record(key, holder, version, reference, "", endpoint)
            self.deliver(key, version, make, endpoint)
        else:
            self._record(key, holder, version, reference, note.content_hash(), endpoint)
        return Delivered(reference, words)

    def _record(
        self, key: MessageKey, holder: str, version: int, reference: str, content_hash: str, endpoint: Endpoint
    ) -> None:
        """Records that the channel has it; a database that is away for a moment is waited for, since it has."""
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

    def _sent_at(self, told: datetime | None) -> datetime:
        """When the channel says that it posted the message; ours where it says nothing, or nothing that can be."""
        now = self.now()
        return told if told is not None and abs(now - told) < _SAME_CLOCK else now

    def _marked(self, note: Note) -> Note:
        return replace(note, idempotency_key=f"{self.mark}:{note.idempotency_key}") if self.mark else note

    def _claimed(self, key: MessageKey, version: int, holder: str) -> Claim:
        """Our claim; waits while somebody else holds the row."""
        step = max(self.retry_policy.lease_s / 60, 0.05)
        for _ in range(150):
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
                return Delivered(reference, f"v{claim.version} is there already")
            return Delivered(reference, UNCHANGED if is_same else NO_EDIT)
        if not is_same:

            def edit() -> None:
                self._renew_lease(key, holder)  # who waited longer than the lease may have been overtaken
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
        """The reference of the message and what was done for it. `before`: how its row stood."""
        is_doubtful, is_off = before == State.DOUBT, False
        try:
            for attempt in range(self.retry_policy.attempts):
                self._renew_lease(key, holder)
                try:
                    if is_doubtful:
                        found = self._looked_up(note, endpoint)
                        if found is not None:
                            return found, FOUND_THERE
                        is_doubtful = False
                        self._renew_lease(key, holder)
                    is_off = True
                    sent = endpoint.send(note)
                except (ChannelBusy, ChannelInDoubt) as error:
                    is_off = False
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
        except Exception:  # a fault of ours: in doubt only where the channel was called
            outbox.release(self.warehouse, key, holder, State.DOUBT if is_off or is_doubtful else State.REFUSED)
            raise
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _looked_up(self, note: Note, endpoint: Endpoint) -> str | None:
        """Where the channel has the message; None when it surely has not, or when sending it twice does no harm."""
        if self.in_doubt == InDoubt.RESEND:
            return None
        if self.in_doubt == InDoubt.NEVER_RESEND:
            raise ChannelInDoubt(f"{self.channel}: may have the message, and can't be asked: not sent again")
        for pause in (*self.retry_policy.look_up_pauses_s, 0.0):
            found = endpoint.look_up(note.idempotency_key)
            if found is not None:
                return found
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
        """True where waiting in this task leads nowhere."""
        if isinstance(error, ChannelBusy):
            return error.retry_after_s > self.retry_policy.max_wait_s
        return self.in_doubt == InDoubt.NEVER_RESEND

    def _wait_for(self, error: Exception) -> None:
        self.retry_policy.sleep(error.retry_after_s if isinstance(error, ChannelBusy) else self.retry_policy.pause_s)
