"""The channels that messages go to. A new one is a module here and a line in runtime/channels.py."""

from tasking.delivery.channels.console import ConsoleChannel
from tasking.delivery.channels.folder import FolderChannel
from tasking.delivery.channels.mail import MailChannel, MailServer
from tasking.delivery.channels.message import (
    HANDED_OVER,
    Attachment,
    Channel,
    Dated,
    Form,
    InDoubt,
    Note,
    Remover,
    Scheduler,
    Traits,
)
from tasking.delivery.channels.unopened import UnopenedChannel

__all__ = [
    "HANDED_OVER", "Attachment", "Channel", "ConsoleChannel", "Dated", "FolderChannel", "Form", "InDoubt",
    "MailChannel", "MailServer", "Note", "Remover", "Scheduler", "Traits", "UnopenedChannel",
]  # fmt: skip
