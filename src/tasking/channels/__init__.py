"""Where messages go. A new channel is a module and a line in runtime/channels.py."""

from tasking.channels.console import ConsoleChannel
from tasking.channels.folder import FolderChannel
from tasking.channels.mail import MailChannel, MailServer
from tasking.channels.message import HANDED_OVER, Channel, Form, InDoubt, Note, Remover, Scheduler, Traits
from tasking.channels.unopened import UnopenedChannel

__all__ = [
    "HANDED_OVER", "Channel", "ConsoleChannel", "FolderChannel", "Form", "InDoubt", "MailChannel", "MailServer", "Note",
    "Remover", "Scheduler", "Traits", "UnopenedChannel",
]  # fmt: skip
