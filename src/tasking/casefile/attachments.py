"""Photos and documents of an incident: checked, made safe, kept, and removed with a reason."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from tasking.casefile import images
from tasking.casefile.service import CasefileService
from tasking.casefile.store import attachments as store
from tasking.model.casefile import Attachment, MediaLink
from tasking.model.errors import TaskingError
from tasking.model.text import clean
from tasking.warehouse.visibility import Visibility

MOST_OF_A_REPORT: Final = 20
SOURCE_HAND: Final = "hand"
SOURCE_FEED: Final = "feed"
PDF: Final = "application/pdf"
_LONGEST: Final = 500
_PDF_STARTS: Final = b"%PDF-"
_NO_SCANNER: Final = (
    "Only photos (JPEG, PNG or WebP) can be added here. For PDF files a virus scanner is needed: ask ops to set one up"
)


def add(
    service: CasefileService,
    report_id: str,
    content: bytes,
    description: str,
    actor: str,
    *,
    is_restricted: bool,
    source: str = SOURCE_HAND,
) -> Attachment:
    """Keeps a photo or a document with a report. `description`: what it shows, for those who cannot see it.

    A photo is decoded and written again, so that its position and everything else that came with it is gone. Where a
    scanner is set, everything is scanned first. Raises TaskingError, and nothing is kept, where it is no photo, where
    something was found in it, where the scanner does not answer, and where the report has too many.
    """
    words = clean(description).strip()[:_LONGEST]
    if len(words) < 3:
        raise TaskingError("Enter what the photo or document shows", field="description")
    if service.scanner is not None:
        service.scanner.check(content)
    made, files = _prepared(service, content)
    new = made._replace(report_id=report_id, actor=actor, source=source, description=words, is_restricted=is_restricted)
    action = "restricted attachment added" if is_restricted else "attachment added"
    try:
        return store.store(service.warehouse, new, files, MOST_OF_A_REPORT, action)
    except LookupError:
        raise TaskingError(
            f"This report has {MOST_OF_A_REPORT} photos and documents already. Remove one first", field="file"
        ) from None


def attachments_of(service: CasefileService, report_ids: Sequence[str], visibility: Visibility) -> list[Attachment]:
    """The photos and documents of some reports, the earliest first, with thumbnails."""
    return store.attachments(service.warehouse, report_ids, visibility)


def missing_photos(service: CasefileService, report_ids: Sequence[str], visibility: Visibility) -> list[MediaLink]:
    """The photos that partners sent the address of and that are not here, each with the reason."""
    return store.missing_photos(service.warehouse, report_ids, visibility)


def attachment_of(service: CasefileService, attachment_id: str, visibility: Visibility) -> Attachment | None:
    """An attachment that was not removed; None where there is none that somebody may see."""
    found = store.attachment(service.warehouse, attachment_id, visibility)
    return found if found is not None and found.removed_at is None else None


def is_restricted(service: CasefileService, one: Attachment) -> bool:
    """True where a look at it needs a reason: its incident was restricted when it was added, or is now."""
    return one.is_restricted or store.is_restricted(service.warehouse, one.report_id)


def content_of(service: CasefileService, one: Attachment) -> bytes:
    """The bytes of an attachment. Raises TaskingError where it was removed."""
    found = store.content(service.warehouse, one.attachment_id, store.WHOLE)
    if found is None:
        raise TaskingError("This was removed")
    return found


def remove(service: CasefileService, one: Attachment, actor: str, reason: str) -> None:
    """Removes an attachment for good. Raises TaskingError without a reason, and where it was removed already."""
    words = clean(reason).strip()[:_LONGEST]
    if not words:
        raise TaskingError("Enter why you are removing it", field="reason")
    action = "restricted attachment removed" if is_restricted(service, one) else "attachment removed"
    if not store.remove(service.warehouse, one, actor, words, service.clock(), action):
        raise TaskingError("It was removed already")


def _prepared(service: CasefileService, content: bytes) -> tuple[Attachment, dict[str, bytes]]:
    """What is kept of a file: its bytes by size, and the attachment, still without a report."""
    now: datetime = service.clock()
    blank = Attachment("", "", now, "", "", "", PDF, None, None, len(content), False)
    if content.startswith(_PDF_STARTS):
        if service.scanner is None:
            raise TaskingError(_NO_SCANNER, field="file")
        if len(content) > images.MAX_BYTES:
            raise TaskingError(f"The file is larger than {images.MAX_BYTES // 2**20} MB", field="file")
        return blank, {store.WHOLE: content}
    photo = images.safe_photo(content)
    kept = blank._replace(
        media_type=images.MEDIA_TYPE, width=photo.width, height=photo.height, size_bytes=len(photo.whole)
    )
    return kept, {store.WHOLE: photo.whole, store.THUMBNAIL: photo.thumbnail}
