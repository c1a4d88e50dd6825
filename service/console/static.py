"""The console's own scripts and styles, and the third-party ones that the build brought."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from service.errors import CannotStart

FOLDER = Path(__file__).resolve().parent / "static"
VENDOR = ("htmx.js", "openseadragon.js")


def script_free(kept: str) -> dict[str, str]:
    """Headers of something that is looked at and never run, however it calls itself."""
    return {
        "Cache-Control": kept,
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
    }


class Static(StaticFiles):
    """Files of the console; the browser asks each time whether they have changed."""

    def __init__(self) -> None:
        """Raises CannotStart if the build did not bring the third-party scripts."""
        missing = [name for name in VENDOR if not (FOLDER / "vendor" / name).is_file()]
        if missing:
            raise CannotStart(f"the console lacks {', '.join(missing)}: install again (`uv sync --reinstall`)")
        super().__init__(directory=FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with headers that let nothing be guessed."""
        if path.endswith(".sha256"):
            raise HTTPException(404)
        answer = await super().get_response(path, scope)
        if isinstance(answer, FileResponse):
            answer.headers["X-Content-Type-Options"] = "nosniff"
            answer.headers["Cache-Control"] = "no-cache"
        return answer
