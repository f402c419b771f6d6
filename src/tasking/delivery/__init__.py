"""The last step: the briefing is posted once to each channel, and the presses of its buttons are handled."""

from tasking.delivery.briefing import is_posted, post, refresh, refresh_all
from tasking.delivery.buttons import PressResult, press
from tasking.delivery.deadline_alarm import schedule_deadline_alarm
from tasking.delivery.feed_alerts import FAILED, missing_delivery_words, send_feed_alert
from tasking.delivery.messages import ShownBriefing, shown_briefing
from tasking.delivery.minutes import minutes_addressees, send_minutes
from tasking.delivery.notices import notify_ops
from tasking.delivery.required_actions import (
    decide_in_airflow,
    waiting_for_decision,
    why_refused,
    words_of_proposal,
)
from tasking.delivery.sender import Sender
from tasking.delivery.weekly import post_weekly
from tasking.delivery.work import announce, send_taskings, tell_owners

__all__ = [
    "FAILED", "PressResult", "Sender", "ShownBriefing", "announce",
    "decide_in_airflow", "is_posted", "minutes_addressees", "missing_delivery_words",
    "notify_ops", "post", "post_weekly", "press", "refresh", "refresh_all", "schedule_deadline_alarm",
    "send_feed_alert", "send_minutes", "send_taskings", "shown_briefing", "tell_owners", "waiting_for_decision",
    "why_refused", "words_of_proposal",
]  # fmt: skip
