"""Photos made safe to keep: decoded and written again as JPEG, without position, camera, comments or anything behind
the picture; the right way up, and no larger than is needed."""

import io
import re
import zipfile
from typing import Any, Final, NamedTuple

import structlog

from tasking.model.errors import TaskingError, traceback_without_values

log = structlog.get_logger(__name__)

MEDIA_TYPE: Final = "image/jpeg"
MAX_BYTES: Final = 20 * 2**20  # of a photo as it comes
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_MAX_PIXELS: Final = 50_000_000  # as many as a telephone's largest photo has
_MAX_SIDE: Final = 2048
_THUMBNAIL_SIDE: Final = 320
_QUALITY: Final = 85
_ORIENTATION: Final = 0x0112  # of EXIF
_SCALED_AS_THEY_ARE: Final = ("L", "RGB", "RGBA")
# A file that is a picture and something else too: a page, a script or a document for whoever opens it as that.
_OTHER_THINGS: Final = re.compile(
    rb"%PDF-|<!doctype\s+html|<html[\s>]|<script[\s>]|<\?php|<svg[\s>]|MZ\x90\x00", re.IGNORECASE
)
_ENDS: Final = 1_024  # bytes at either end in which these are looked for
_HEIC: Final = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1")


class Photo(NamedTuple):
    """A photo as it is kept, and a small one of it. Both are JPEG."""

    whole: bytes
    thumbnail: bytes
    width: int
    height: int


class NotAPhoto(TaskingError):
    """The file can't be kept as a photo; the message says why and what to do."""


def safe_photo(content: bytes) -> Photo:
    """The photo in a file, decoded and written again. Raises NotAPhoto, which says what is wrong with it."""
    if not content:
        raise NotAPhoto("The file is empty. Choose another one", field="file")
    if len(content) > MAX_BYTES:
        raise NotAPhoto(f"The photo is larger than {MAX_BYTES // 2**20} MB. Send a smaller one", field="file")
    if content[4:8] == b"ftyp" and content[8:12] in _HEIC:
        raise NotAPhoto("HEIC photos can’t be read here. Save it as JPEG, and choose it again", field="file")
    if _is_something_else(content):
        raise NotAPhoto("The file is a picture and something else as well. It was not kept", field="file")
    try:
        return _photo(content)
    except NotAPhoto:
        raise
    except Exception as error:  # a damaged file: decoders raise whatever they come to
        log.info("a photo could not be read", where=traceback_without_values(error))
        raise NotAPhoto(
            "The file is not a photo that can be read. Choose a JPEG, PNG or WebP photo", field="file"
        ) from error


def _photo(content: bytes) -> Photo:
    from PIL import Image

    with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
        if opened.width * opened.height > _MAX_PIXELS:
            raise NotAPhoto("The photo has too many pixels. Send a smaller one", field="file")
        opened.draft("RGB", (_MAX_SIDE, _MAX_SIDE))  # a JPEG is decoded at a half or a quarter where that is enough
        opened.load()
        picture = opened if opened.mode in _SCALED_AS_THEY_ARE else opened.convert("RGBA")
        picture.thumbnail((_MAX_SIDE, _MAX_SIDE))  # before anything else, so that no second large picture is made
        orientation = opened.getexif().get(_ORIENTATION, 1)
    plain = _turned(_on_white(picture), orientation)
    small = plain.copy()
    small.thumbnail((_THUMBNAIL_SIDE, _THUMBNAIL_SIDE))
    return Photo(_written(plain), _written(small), plain.width, plain.height)


def _on_white(picture: Any) -> Any:
    """The picture in red, green and blue alone: a new one, so that nothing that came with the old one is written."""
    from PIL import Image

    with_alpha = picture.convert("RGBA")
    plain = Image.new("RGB", with_alpha.size, "white")
    plain.paste(with_alpha, mask=with_alpha.getchannel("A"))
    return plain


def _turned(picture: Any, orientation: Any) -> Any:
    """The picture the right way up, by how EXIF says that the camera was held."""
    from PIL import Image

    ways = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_90,
    }  # fmt: skip
    return picture.transpose(ways[orientation]) if orientation in ways else picture


def _written(picture: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, format="JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()


def _is_something_else(content: bytes) -> bool:
    ends = content[:_ENDS] + b"\n" + content[-_ENDS:]
    return _OTHER_THINGS.search(ends) is not None or zipfile.is_zipfile(io.BytesIO(content))
