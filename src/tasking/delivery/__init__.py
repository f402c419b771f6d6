"""The last step: the briefing reaches people once, and what they do with it comes back."""

from tasking.delivery.briefing import is_posted, post, refresh, refresh_all
from tasking.delivery.buttons import Pressed, press
from tasking.delivery.deadline_alarm import leave as leave_dead_mans_message
from tasking.delivery.feed_alerts import FAILED, tell_of_feed, why_not_in
from tasking.delivery.messages import Edited, edited
from tasking.delivery.notices import tell_ops
from tasking.delivery.required_actions import (
    decide_in_airflow,
    waiting_for_decision,
    why_refused,
    words_of_proposal,
)
from tasking.delivery.sender import Once
from tasking.delivery.weekly import post_weekly

__all__ = [
    "FAILED", "Edited", "Once", "Pressed", "decide_in_airflow", "edited", "is_posted", "leave_dead_mans_message",
    "post", "post_weekly", "press", "refresh", "refresh_all", "tell_of_feed", "tell_ops", "waiting_for_decision",
    "why_not_in", "why_refused", "words_of_proposal",
]  # fmt: skip
