"""Links in a mail that stand for an attachment: OneDrive, SharePoint, WeTransfer and their like."""

import html
import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from tasking.intake.transports.names import Fit, base_name, match, quoted_name

NAMED = "a link to "  # a file of the name that is asked for
_MOST_TEXT = 500_000  # bytes of a text that are looked through
_MOST_LINKS = 200
_LINK = re.compile(r"https?://[^\s<>\"'\\]{4,2000}", re.IGNORECASE)
# The end of a host's name, and what people call the service.
_SERVICES = {
    "sharepoint.com": "SharePoint or OneDrive", "1drv.ms": "OneDrive", "onedrive.live.com": "OneDrive",
    "wetransfer.com": "WeTransfer", "we.tl": "WeTransfer", "dropbox.com": "Dropbox", "drive.google.com": "Google Drive",
    "docs.google.com": "Google Drive", "box.com": "Box", "sharefile.com": "ShareFile", "sharefile.eu": "ShareFile",
    "egress.com": "Egress", "mimecast.com": "Mimecast", "galaxkey.com": "Galaxkey", "objectiveconnect.co.uk":
    "Objective Connect", "transfernow.net": "TransferNow", "mega.nz": "MEGA", "filemail.com": "Filemail",
    "fromsmash.com": "Smash", "icloud.com": "iCloud",
}  # fmt: skip


def link_words(text: bytes, wanted: Sequence[str]) -> str:
    """What a mail's text links to that may be the delivery, in words; empty where there is no such link."""
    decoded = html.unescape(text[:_MOST_TEXT].decode("utf-8", "replace"))
    services: list[str] = []
    for number, found in enumerate(_LINK.finditer(decoded)):
        if number >= _MOST_LINKS:
            break
        # Mail gateways wrap a link in one of their own, which holds it in percent signs.
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
