"""The Tasking desk: what the briefing points to, and every decision that people take, as pages."""

from tasking.model.access import May
from tasking.pages.access import Host, Limits, Person
from tasking.pages.app import create_app
from tasking.pages.partnerships import create_several
from tasking.pages.request_checks import trusted_hosts

__all__ = ["Host", "Limits", "May", "Person", "create_app", "create_several", "trusted_hosts"]
