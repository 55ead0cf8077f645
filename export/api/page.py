"""The correction page: files that were built from export/page/, served beside the API that the page calls."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles

BUILT = Path(str(resources.files("export"))) / "page" / "built"

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # the waveform sets its own styles
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


def serve_page(app: FastAPI) -> None:
    """Let `app` answer at its root with the page, and with the files that the page names by their content."""
    app.add_api_route("/", _page, methods=["GET", "HEAD"], include_in_schema=False)
    app.add_api_route("/licenses.md", _licenses, methods=["GET", "HEAD"], include_in_schema=False)
    app.mount("/assets", _Assets(directory=BUILT / "assets", check_dir=False), name="assets")


async def _page() -> Response:
    """The page itself: it is asked for anew each time, so that a newer prelabel is seen at once."""
    return FileResponse(BUILT / "index.html", media_type="text/html", headers=_HEADERS)


async def _licenses() -> Response:
    """The licences of what the page is built of; their file is called the same in every release."""
    return FileResponse(BUILT / "licenses.md", media_type="text/markdown", headers=_HEADERS)


class _Assets(StaticFiles):
    """Files whose names change with their content, so that a browser may keep them for good."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
