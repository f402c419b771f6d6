"""A PDF as an answer, to save or to open."""

from fastapi.responses import Response


def pdf_file(content: bytes, name: str) -> Response:
    """The file under a name of ASCII letters."""
    return Response(
        content, media_type="application/pdf", headers={"Content-Disposition": f'inline; filename="{name}"'}
    )
