"""The last step: the briefing reaches people once, and what they do with it comes back."""

from tasking.posting.briefing import is_posted, post, refresh, refresh_all
from tasking.posting.buttons import Pressed, press
from tasking.posting.dead_man import leave as leave_dead_mans_message
from tasking.posting.feed_alerts import FAILED, tell_of_feed, why_not_in
from tasking.posting.messages import Edited, edited
from tasking.posting.notices import tell_ops
from tasking.posting.once import Once
from tasking.posting.required_actions import decide_in_airflow, waiting_for_decision, why_refused, words_of_proposal
from tasking.posting.weekly import post_weekly

__all__ = [
    "FAILED", "Edited", "Once", "Pressed", "decide_in_airflow", "edited", "is_posted", "leave_dead_mans_message",
    "post", "post_weekly", "press", "refresh", "refresh_all", "tell_of_feed", "tell_ops", "waiting_for_decision",
    "why_not_in", "why_refused", "words_of_proposal",
]  # fmt: skip
