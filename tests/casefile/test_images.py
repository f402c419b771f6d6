"""Photos: nothing but the picture is kept, the right way up; what is no photo, or more than one, is refused."""

import io
import struct
import zipfile
import zlib

import pytest
from PIL import Image

from tasking.casefile.images import NotAPhoto, safe_photo

from .conftest import photo, photo_with_position


def test_position_camera_and_comments_are_gone_and_the_picture_stands_upright():
    sent = photo_with_position()
    assert b"CanaryCamera" in sent
    assert b"kettlewhisper" in sent
    assert Image.open(io.BytesIO(sent)).getexif().get_ifd(0x8825)
    kept = safe_photo(sent)
    for content in (kept.whole, kept.thumbnail):
        assert b"Exif" not in content
        assert b"CanaryCamera" not in content
        assert b"kettlewhisper" not in content
        assert not dict(Image.open(io.BytesIO(content)).getexif())
    assert (kept.width, kept.height) == (400, 800)  # it lay on its side
    red, _, blue = Image.open(io.BytesIO(kept.whole)).getpixel((200, 100))
    assert red > 200 > blue  # turned a quarter clockwise, what was left is now above


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_each_kind_is_kept_as_jpeg(kind):
    kept = safe_photo(photo(kind))
    assert Image.open(io.BytesIO(kept.whole)).format == "JPEG"
    assert max(Image.open(io.BytesIO(kept.thumbnail)).size) <= 320


def test_what_is_transparent_becomes_white():
    out = io.BytesIO()
    Image.new("RGBA", (20, 20), (0, 0, 0, 0)).save(out, format="PNG")
    assert Image.open(io.BytesIO(safe_photo(out.getvalue()).whole)).getpixel((5, 5)) == (255, 255, 255)


def test_a_large_photo_is_made_smaller():
    kept = safe_photo(photo(size=(6000, 3000)))
    assert (kept.width, kept.height) == (2048, 1024)


def a_bomb(side: int) -> bytes:
    """A PNG of a few kilobytes that says that it has side times side pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * (side // 8 + 1) * 100, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def a_zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("run.js", "alert(1)")
    return out.getvalue()


def with_long_text(size: int) -> bytes:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("comment", "a" * size, zip=True)
    return photo("PNG", pnginfo=info)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"GIF89a" + b"\0" * 100, "not a photo"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "something else"),
        (b"%PDF-1.7 and so on", "something else"),
        (photo()[:400], "not a photo"),
        (photo() + a_zip(), "something else"),
        (photo() + b"<script>alert(1)</script>", "something else"),
        (photo("JPEG", comment=b"<html><body onload=alert(1)>"), "something else"),
        (a_bomb(60_000), "pixels|not a photo"),
        (a_bomb(9_000), "pixels|not a photo"),
        (with_long_text(3 * 2**20), "not a photo"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 200, "HEIC"),
        (b"\xff\xd8\xff" + b"x" * 21 * 2**20, "larger than 20 MB"),
        ("ein Foto, \ud800".encode("utf-8", "surrogatepass"), "not a photo"),
    ],
)  # fmt: skip
def test_what_is_no_photo_is_refused_in_words(content, words):
    with pytest.raises(NotAPhoto, match=words) as caught:
        safe_photo(content)
    assert caught.value.field == "file"


def test_half_spoilt_photos_raise_nothing_else():
    whole = photo("JPEG", (300, 200)), photo("PNG", (60, 40)), photo("WEBP", (60, 40))
    for content in whole:
        for at in range(0, len(content), max(1, len(content) // 60)):
            spoilt = content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]
            for piece in (spoilt, content[:at]):
                try:
                    safe_photo(piece)
                except NotAPhoto:
                    continue


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_kind_of_pixel_is_read(mode):
    out = io.BytesIO()
    Image.new(mode, (3000, 20)).save(out, format="JPEG" if mode == "CMYK" else "PNG")
    kept = safe_photo(out.getvalue())
    assert (kept.width, Image.open(io.BytesIO(kept.whole)).mode) == (2048, "RGB")


@pytest.mark.parametrize("orientation", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 65535])
def test_the_picture_stands_as_pillow_would_turn_it(orientation):
    from PIL import ImageOps

    sent = photo_with_position(orientation)
    want = ImageOps.exif_transpose(Image.open(io.BytesIO(sent))).convert("RGB")
    kept = Image.open(io.BytesIO(safe_photo(sent).whole))
    assert kept.size == want.size
    for at in ((100, 100), (want.width - 100, want.height - 100)):
        assert all(abs(one - other) < 12 for one, other in zip(kept.getpixel(at), want.getpixel(at), strict=True))
