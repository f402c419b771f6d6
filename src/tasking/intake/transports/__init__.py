"""Fetches deliveries from partners' systems. A transport fetches the files of one day, and changes nothing there."""

from pathlib import Path

from tasking.config.feed import Feed
from tasking.config.feed_delivery import HttpTransport, ImapTransport, LocalTransport, ObjectTransport, SftpTransport
from tasking.intake.transports import folder
from tasking.intake.transports.address import Address, Request, Transport
from tasking.intake.transports.folder import FolderTransport


def open_transport(feed: Feed, address: Address | None, home: Path) -> Transport:
    """The transport that a feed declares. Raises TransportError if it needs an address and has none.

    Transports are imported when a feed needs them: paramiko, httpx and botocore take longer to import than a folder
    takes to read.
    """
    declared = feed.delivery.transport
    still_for_s, most_bytes = feed.delivery.still_for_s, feed.file.max_bytes
    match declared:
        case LocalTransport():
            return FolderTransport(
                home / declared.path,
                _or(still_for_s, folder.STILL_FOR_S),
                most_bytes=most_bytes,
                is_mounted=declared.is_mounted,
            )
        case ObjectTransport():
            from tasking.intake.transports.objects import ObjectStore

            return ObjectStore(declared.url, address, _or(still_for_s, 0.0), most_bytes=most_bytes)
        case SftpTransport():
            from tasking.intake.transports import sftp

            address = Address.required(address, feed.feed)
            return sftp.SftpServer(declared.folder, address, _or(still_for_s, sftp.STILL_FOR_S), most_bytes=most_bytes)
        case ImapTransport():
            from tasking.intake.transports.imap import ImapMailbox

            address = Address.required(address, feed.feed)
            return ImapMailbox(declared.mailbox, declared.sender, address, most_bytes)
        case HttpTransport():
            from tasking.intake.transports.open311 import Open311Server
            from tasking.intake.transports.open311_client import Bounds

            # If a case has a record for each heading, its reference occurs several times and does not identify a
            # record.
            reference = None if feed.merge_headings else feed.fields.source_ref
            return Open311Server(
                declared.path,
                declared.page_size,
                Address.required(address, feed.feed),
                reference,
                Bounds(declared.max_requests, declared.max_seconds, most_bytes),
            )


def open_drops(feed: Feed, deliveries: Path) -> Transport:
    """A transport that reads from a folder of deliveries with a folder for each feed, in place of the declared one."""
    still_for_s = _or(feed.delivery.still_for_s, folder.STILL_FOR_S)
    return FolderTransport(deliveries / feed.feed, still_for_s, deliveries, most_bytes=feed.file.max_bytes)


def _or(declared: float | None, default: float) -> float:
    return default if declared is None else declared


__all__ = ["Address", "FolderTransport", "Request", "Transport", "open_drops", "open_transport"]
