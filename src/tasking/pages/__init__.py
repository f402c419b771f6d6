"""The Tasking desk: what the briefing points to, and every decision that people take, as pages."""

from tasking.model.access import May
from tasking.pages.access import Host, Limits, Person
from tasking.pages.app import create_app
from tasking.pages.door import names_of
from tasking.pages.several import create_several

__all__ = ["Host", "Limits", "May", "Person", "create_app", "create_several", "names_of"]
