"""Photos that partners sent the addresses of: fetched after the briefing, tried again the next nights."""

import time
from datetime import date, timedelta
from typing import Any, Final

import structlog

from tasking.casefile.attachments import SOURCE_FEED, add
from tasking.casefile.photo_client import NotFetched, fetch_photo
from tasking.casefile.scanning import ScannerDown
from tasking.casefile.service import CasefileService
from tasking.casefile.store import attachments as store
from tasking.model.casefile import Attachment
from tasking.model.errors import TaskingError, traceback_without_values
from tasking.model.log_context import in_context

log = structlog.get_logger(__name__)

_MOST_TRIES: Final = 7  # nights
_DAYS: Final = 14  # after a delivery in which its photos are asked for
_MOST_A_NIGHT: Final = 500
_MOST_S: Final = 30 * 60.0  # altogether; what is left is fetched the next night
_FETCHED_BY: Final = "tasking"
_LOCK: Final = "photos"


@in_context
def fetch_photos(service: CasefileService, day: date) -> list[str]:
    """Fetches the photos of reports up to `day` that are not here yet. Returns what came of it, a sentence a feed.

    One that cannot be had stops no other; why is shown on its incident. Where somebody else is fetching already, it
    leaves it to them.
    """
    try:
        with service.warehouse.lock(_LOCK, within_s=0):
            links = store.waiting_links(service.warehouse, day - timedelta(days=_DAYS), _MOST_A_NIGHT)
            until = time.monotonic() + _MOST_S
            states = [(link["feed"], _fetch(service, link)) for link in links if time.monotonic() < until]
    except TimeoutError:
        return ["Photos are being fetched already"]
    return [_said(service, feed, [state for name, state in states if name == feed])
            for feed in dict.fromkeys(name for name, _ in states)] or ["No photo is waiting"]  # fmt: skip


def _fetch(service: CasefileService, link: dict[str, Any]) -> str:
    """Fetches and keeps one photo. Returns its new state."""
    now, is_last = service.clock(), link["tries"] + 1 >= _MOST_TRIES
    state, said = "waiting", ""
    try:
        store.keep_and_settle(service.warehouse, link["link_id"], now, lambda: _kept(service, link))
        return "kept"
    except NotFetched as error:
        state, said = ("refused" if error.is_final else "waiting"), str(error)
    except ScannerDown as error:
        said = str(error)
    except TaskingError as error:
        state, said = "refused", str(error)
    except Exception as error:  # a fault of ours: the others are fetched, and this one is tried again
        log.error("a photo could not be fetched", feed=link["feed"], where=traceback_without_values(error))
        said = f"a fault in Tasking ({type(error).__name__})"
    if state == "waiting" and is_last:
        state = "given up"
    store.settle_link(service.warehouse, link["link_id"], state, said, now)
    return state


def _kept(service: CasefileService, link: dict[str, Any]) -> Attachment:
    feed = service.feeds.get(link["feed"])
    if feed is None or feed.photos is None:
        raise NotFetched("the feed does not declare where its photos are (photos:)")
    content = fetch_photo(link["url"], feed.photos)
    return add(
        service, link["report_id"], content, f"Photo sent with the report by {feed.partner}", _FETCHED_BY,
        is_restricted=store.is_restricted(service.warehouse, link["report_id"]), source=SOURCE_FEED,
    )  # fmt: skip


def _said(service: CasefileService, feed: str, states: list[str]) -> str:
    counts = {name: states.count(name) for name in ("kept", "waiting", "refused", "given up")}
    words = {"kept": "fetched", "waiting": "to be tried again", "refused": "refused", "given up": "given up"}
    shown = ", ".join(f"{count} {words[name]}" for name, count in counts.items() if count)
    return f"{service.names.get(feed, feed)}: photos: {shown}"
