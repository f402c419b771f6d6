"""The briefing: composed from queries, put into one message, rendered for each reader."""

from tasking.briefing.blocks import render_blocks
from tasking.briefing.card import render_card
from tasking.briefing.changes import changes, later_steps
from tasking.briefing.compose import BriefingInputs, compose
from tasking.briefing.digest import digest, short_digest
from tasking.briefing.edition import MOST_CHANGES, Edition
from tasking.briefing.input_recorder import InputRecorder
from tasking.briefing.message import plural, short_day, span
from tasking.briefing.pictures import Geography, draw_pictures
from tasking.briefing.render import Templates, add_briefing_vocabulary, render_html, render_mail, render_text
from tasking.briefing.weekly import weekly_digest

__all__ = [
    "MOST_CHANGES", "BriefingInputs", "Edition", "Geography", "InputRecorder", "Templates", "add_briefing_vocabulary",
    "changes", "compose", "digest", "draw_pictures", "later_steps", "plural", "render_blocks", "render_card",
    "render_html", "render_mail", "render_text", "short_day", "short_digest", "span", "weekly_digest",
]  # fmt: skip
