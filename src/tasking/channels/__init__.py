"""Where messages go. Each channel can send, update and look up; a new one is a module and a line here."""

from tasking.channels.console import ConsoleChannel
from tasking.channels.message import Channel, Message

__all__ = ["Channel", "ConsoleChannel", "Message"]
