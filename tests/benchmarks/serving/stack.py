"""Routes for measuring the service without its storing: what is taken and answered as ever, but nothing is kept."""

import asyncio
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.responses import JSONResponse

from inference.batching import Batched
from inference.decoding import Limits, sniff
from service.identity.guard import needs
from service.identity.roles import Permission
from service.parts import Parts
from service.scans.schemas import ScanMetadata
from service.uploads import Upload, multipart, parse_metadata, whole_body
from tests.benchmarks.serving.peers.tiny import Tiny, answer, picture

Job = Callable[[bytes], dict[str, Any]]


def add_routes(app: FastAPI, parts: Parts, tiny: Tiny) -> None:
    """`/bench/tiny` asks the small network, for anyone; `/bench/layer` looks at a file's head, for who has a key."""
    network = Batched(tiny, lanes=parts.settings.workers)
    router = APIRouter(prefix="/bench")

    def asked(data: bytes) -> dict[str, Any]:
        return answer(network.run(picture(data))[0][0])

    def looked(data: bytes) -> dict[str, Any]:
        header = sniff(data, limits=Limits(), field="views")
        return {"width": header.width, "height": header.height}

    async def taken(request: Request, job: Job) -> JSONResponse:
        parts.pool.check_room()
        if request.headers["content-type"].startswith("image/"):
            return await done(job, whole_body(await request.body()))
        async with multipart(request, files="views", most=parts.settings.max_views) as form:
            if form.metadata != b"{}":
                parse_metadata(ScanMetadata, form.metadata)
            return await done(job, form.uploads[0])

    async def done(job: Job, upload: Upload) -> JSONResponse:
        data = upload.read(parts.settings.max_image_bytes)
        return JSONResponse(await asyncio.wrap_future(parts.pool.submit(lambda: job(data))))

    @router.post("/tiny")
    async def ask_tiny(request: Request) -> JSONResponse:
        return await taken(request, asked)

    @router.post("/layer", dependencies=[Depends(needs(Permission.SEE_SCANS, Permission.POST_SCANS))])
    async def ask_layer(request: Request) -> JSONResponse:
        return await taken(request, looked)

    app.include_router(router)
    app.router.routes.insert(0, app.router.routes.pop())  # where the route of scans is: routes are tried in turn
