"""Finds links that a mail has in place of an attachment: to OneDrive, SharePoint, WeTransfer and similar services."""

import html
import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from tasking.intake.transports.names import Fit, base_name, match, quoted_name

NAMED = "a link to "  # a file with a wanted name
_MOST_TEXT = 500_000  # bytes of a text that are searched
_MOST_LINKS = 200
_LINK = re.compile(r"https?://[^\s<>\"'\\]{4,2000}", re.IGNORECASE)
# The end of a host's name -> the name of the service.
_SERVICES = {
    "sharepoint.com": "SharePoint or OneDrive", "1drv.ms": "OneDrive", "onedrive.live.com": "OneDrive",
    "wetransfer.com": "WeTransfer", "we.tl": "WeTransfer", "dropbox.com": "Dropbox", "drive.google.com": "Google Drive",
    "docs.google.com": "Google Drive", "box.com": "Box", "sharefile.com": "ShareFile", "sharefile.eu": "ShareFile",
    "egress.com": "Egress", "mimecast.com": "Mimecast", "galaxkey.com": "Galaxkey", "objectiveconnect.co.uk":
    "Objective Connect", "transfernow.net": "TransferNow", "mega.nz": "MEGA", "filemail.com": "Filemail",
    "fromsmash.com": "Smash", "icloud.com": "iCloud",
}  # fmt: skip


def link_words(text: bytes, wanted: Sequence[str]) -> str:
    """What a text links to that may be the delivery, in words; empty if there is no such link."""
    decoded = html.unescape(text[:_MOST_TEXT].decode("utf-8", "replace"))
    services: list[str] = []
    for number, found in enumerate(_LINK.finditer(decoded)):
        if number >= _MOST_LINKS:
            break
        # Mail gateways rewrite links to their own, with the original percent-encoded in it.
        for link in (found[0], *_LINK.findall(unquote(found[0])[8:])):
            host, path = _parts(link)
            name = base_name(unquote(path))
            if name and match(name, wanted).fit in (Fit.SAME, Fit.NEAR, Fit.WRAPPED, Fit.SAME_STEM):
                return f"{NAMED}{quoted_name(name)}"
            services += [called for end, called in _SERVICES.items() if host == end or host.endswith(f".{end}")]
    return f"a link ({services[0]})" if services else ""


def _parts(link: str) -> tuple[str, str]:
    try:
        parts = urlsplit(link)
        return (parts.hostname or "").casefold(), parts.path
    except ValueError:
        return "", ""
