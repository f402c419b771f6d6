"""How deliveries reach us. Each transport fetches the files of one day and changes nothing at the partner's."""

from pathlib import Path

from tasking.feeds.declaration import (
    Feed,
    HttpTransport,
    ImapTransport,
    LocalTransport,
    ObjectTransport,
    SftpTransport,
)
from tasking.feeds.transports.address import Address, Request, Transport
from tasking.feeds.transports.folder import FolderTransport
from tasking.feeds.transports.imap import ImapMailbox
from tasking.feeds.transports.objects import ObjectStore
from tasking.feeds.transports.open311 import Open311Server
from tasking.feeds.transports.sftp import SftpServer


def open_transport(feed: Feed, address: Address | None, home: Path) -> Transport:
    """The transport that a feed declares. Raises TransportError where it needs an address and has none."""
    declared = feed.delivery.transport
    match declared:
        case LocalTransport():
            return FolderTransport(home / declared.path)
        case ObjectTransport():
            return ObjectStore(declared.url, address)
        case SftpTransport():
            return SftpServer(declared.folder, Address.required(address, feed.feed))
        case ImapTransport():
            return ImapMailbox(declared.mailbox, declared.sender, Address.required(address, feed.feed))
        case HttpTransport():
            return Open311Server(declared.path, declared.page_size, Address.required(address, feed.feed))


__all__ = ["Address", "FolderTransport", "Request", "Transport", "open_transport"]
