"""Posts the headline to every channel of the briefing, each independently, and cancels the deadline alarm there."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import structlog

from tasking.delivery import deadline_alarm
from tasking.delivery.briefing_post import BRIEFING, BriefingPost
from tasking.delivery.channels import Channel, InDoubt, UnopenedChannel
from tasking.delivery.notices import failure_words
from tasking.delivery.service import DeliveryService
from tasking.delivery.store import outbox
from tasking.delivery.store.outbox import MessageKey
from tasking.model.errors import ChannelBusy, ChannelInDoubt, traceback_without_values
from tasking.model.retry_policy import RetryPolicy

log = structlog.get_logger(__name__)


@dataclass
class PostingResult:
    """The result of posting one day's briefing, in words."""

    done: list[str] = field(default_factory=list)
    not_posted: list[str] = field(default_factory=list)  # channels without the headline, and why
    not_complete: list[str] = field(default_factory=list)  # what is missing below a headline
    has_reached_people: bool = False  # a channel that people read has the headline


@dataclass
class Headlines:
    """Posts the headline of a day to channels: call `post()` once.

    Every channel is tried once before any is waited for, so that one that asks us to wait delays no other.
    `is_new_posted`: also post where people read it and it was not posted before. `max_wait_s`: the longest wait for a
    channel that asks for one.
    """

    service: DeliveryService
    day: date
    result: PostingResult
    is_new_posted: bool
    max_wait_s: float
    _posted: list[BriefingPost] = field(default_factory=list)
    _wait_s: float = 0.0

    def post(self, channels: Sequence[Channel]) -> list[BriefingPost]:
        """Returns the posts whose channels have the headline; the others are named in the result."""
        patient_policy = replace(
            self.service.retry_policy, max_wait_s=min(self.service.retry_policy.max_wait_s, self.max_wait_s)
        )
        hasty_policy = replace(patient_policy, attempts=1)
        unsettled = [channel for channel in channels if not self._post_or_edit(channel, hasty_policy, patient_policy)]
        alarmed = [post.channel for post in self._posted if self._withdraw_alarm(post.channel, hasty_policy)]
        if unsettled:
            self.service.retry_policy.sleep(self._wait_s)
        for channel in unsettled:
            self._post_or_edit(channel, patient_policy, None)
        alarmed += [post.channel for post in self._posted if post.channel in unsettled]
        for channel in alarmed:
            if missed := self._withdraw_alarm(channel, patient_policy):
                self.result.not_complete.append(f"{channel.name}: {missed}")
        return self._posted

    def _post_or_edit(self, channel: Channel, retry_policy: RetryPolicy, later: RetryPolicy | None) -> bool:
        """Posts or edits the headline. False if the channel should be tried again under the policy `later`."""
        briefing_post = None
        try:
            if not (self.is_new_posted or not channel.traits.reaches_people or self._headline_in(channel)):
                words = f"{self.day} is not today and was never posted: skipped (--post-old-day posts it)"
                self.result.done.append(f"{channel.name}: {words}")
                return True
            briefing_post = BriefingPost(self.service, channel, self.day, is_current=self.is_new_posted)
            briefing_post.headline(retry_policy)
            if isinstance(channel, UnopenedChannel):
                self.result.not_complete.append(f"{channel.name}: posted, but can't be updated: {channel.why}")
        except Exception as error:
            if later is not None and self._plan_retry(channel, error, later):
                return False
            why, reference = failure_words(channel, error), self._headline_in(channel)
            if briefing_post is None or reference is None:
                self.result.not_posted.append(f"{channel.name}: not posted: {why}")
                return True
            self.result.not_complete.append(f"{channel.name}: posted, and not edited: {why}")
            briefing_post.take_up(reference)
        self._posted.append(briefing_post)
        self.result.has_reached_people |= channel.traits.reaches_people
        return True

    def _plan_retry(self, channel: Channel, error: Exception, retry_policy: RetryPolicy) -> bool:
        """True if the channel is worth trying again; notes how long to wait before that."""
        if isinstance(error, ChannelBusy) and error.retry_after_s <= retry_policy.max_wait_s:
            self._wait_s = max(self._wait_s, error.retry_after_s)
            return True
        return isinstance(error, ChannelInDoubt) and channel.traits.in_doubt != InDoubt.NEVER_RESEND

    def _headline_in(self, channel: Channel) -> str | None:
        """The reference of the headline in a channel; None unless it certainly has it."""
        try:
            claim = outbox.find(self.service.warehouse, MessageKey(self.day, channel.name, BRIEFING))
        except Exception as error:  # the database fails: what can't be seen to be posted counts as not posted
            log.error("the outbox could not be read", channel=channel.name, where=traceback_without_values(error))
            return None
        return (claim.message_ref or "") if claim is not None and claim.sent_at is not None else None

    def _withdraw_alarm(self, channel: Channel, retry_policy: RetryPolicy) -> str:
        return deadline_alarm.withdraw_alarm(replace(self.service, retry_policy=retry_policy), self.day, channel)
