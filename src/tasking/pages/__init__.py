"""The Tasking desk: web pages that show what a briefing refers to and take people's decisions."""

from tasking.model.access import May
from tasking.pages.access import Host, Person, SearchLimit
from tasking.pages.app import create_app
from tasking.pages.partnerships import create_partnerships_app
from tasking.pages.request_checks import trusted_hosts

__all__ = ["Host", "May", "Person", "SearchLimit", "create_app", "create_partnerships_app", "trusted_hosts"]
