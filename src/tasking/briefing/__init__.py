"""The briefing: composed from queries, rendered for each reader."""

from tasking.briefing.compose import Facts, compose
from tasking.briefing.render import Wording, render_html, render_slack, render_text

__all__ = ["Facts", "Wording", "compose", "render_html", "render_slack", "render_text"]
