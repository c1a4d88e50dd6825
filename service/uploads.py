"""Reading request bodies: multipart forms with a JSON part `metadata` and files, or one file as the whole body."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from service.errors import BrokenBody, InvalidRequest, UnsupportedBody
from service.problems import field_name

IMAGES = ("image/jpeg", "image/png", "image/webp", "image/svg+xml", "image/tiff", "application/pdf")
IMAGE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": dict.fromkeys(
            IMAGES,
            {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}, "example": "(image bytes)"},
        ),
    }
}
METADATA_BYTES = 64 * 1024
FILING_BYTES = 4 * 2**20  # a list of authorised users may be long
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, kw_only=True)
class Upload:
    """One file of a request; large ones lie in a temporary file until `read`."""

    field: str  # as an error should name it, e.g. "views[1]"
    name: str  # the file name the caller gave
    file: BinaryIO

    def read(self, limit: int) -> bytes:
        """At most `limit` + 1 bytes: one more than allowed is enough to refuse it."""
        self.file.seek(0)
        return self.file.read(limit + 1)


@dataclass(frozen=True, kw_only=True)
class Form:
    """A multipart request."""

    metadata: bytes
    uploads: list[Upload]


def content_type(request: Request) -> str:
    """The media type of the body in lower case, without parameters; empty if none was given."""
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


def whole_body(data: bytes) -> Upload:
    """The body itself as the one file of a request."""
    return Upload(field="body", name="body", file=io.BytesIO(data))


async def picture_of(request: Request) -> Upload:
    """The body as a picture. Raises UnsupportedBody if it is said to be something else."""
    if content_type(request) not in IMAGES:
        given = content_type(request) or "nothing"
        raise UnsupportedBody(f"{given} given", field="Content-Type", limit=", ".join(IMAGES))
    return whole_body(await request.body())


@asynccontextmanager
async def multipart(
    request: Request, *, files: str, most: int, least: int = 1, longest: int = METADATA_BYTES
) -> AsyncIterator[Form]:
    """The parts of a multipart body: `metadata` of at most `longest` bytes, and `least` to `most` files named `files`.

    Raises BrokenBody if it cannot be parsed, InvalidRequest naming the part that is missing, unknown or too many.
    """
    if content_type(request) != "multipart/form-data":
        given = content_type(request) or "nothing"
        raise InvalidRequest(f"{given} given", field="Content-Type", limit="multipart/form-data")
    parser = MultiPartParser(request.headers, request.stream(), max_files=most + 2, max_fields=8, max_part_size=longest)
    try:
        data = await parser.parse()
    except MultiPartException as error:
        limit = f"{most} {files}, {longest} bytes of metadata"
        raise BrokenBody(error.message, field="body", limit=limit) from error
    try:
        yield await _form(data, files, range(least, most + 1), longest)
    finally:
        await data.close()


@asynccontextmanager
async def filed(request: Request, model: type[M], *, files: str, most: int) -> AsyncIterator[tuple[M, list[Upload]]]:
    """What is filed, and up to `most` files with it: a form as `multipart` takes it, or JSON alone."""
    if content_type(request) == "application/json":
        body = await request.body()
        if len(body) > FILING_BYTES:
            raise InvalidRequest("too long", field="metadata", limit=f"{FILING_BYTES} bytes")
        yield parse_metadata(model, body), []
        return
    async with multipart(request, files=files, most=most, least=0, longest=FILING_BYTES) as form:
        yield parse_metadata(model, form.metadata), form.uploads


def parse_metadata(model: type[M], text: bytes) -> M:
    """`text` as `model`. Raises InvalidRequest naming the field, e.g. `metadata.declaration.goods[3]`."""
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        limit = None
        if first["type"] == "extra_forbidden":
            limit = f"known fields of metadata: {', '.join(model.model_fields)}"
        elif bounds := first.get("ctx"):
            limit = ", ".join(f"{name} {value}" for name, value in bounds.items() if name != "error")
        raise InvalidRequest(first["msg"], field=field_name(("metadata", *first["loc"])), limit=limit) from error


async def _form(data: FormData, files: str, count: range, longest: int) -> Form:
    metadata: list[bytes] = []
    uploads: list[Upload] = []
    for name, part in data.multi_items():
        if name == "metadata":
            metadata.append(await part.read(longest + 1) if isinstance(part, UploadFile) else part.encode())
        elif name != files:
            raise InvalidRequest(f"unknown part {name!r}", field=name[:64], limit=f"known parts: metadata, {files}")
        elif isinstance(part, UploadFile):
            uploads.append(Upload(field=f"{files}[{len(uploads)}]", name=part.filename or "", file=part.file))
        else:
            raise InvalidRequest("sent without a file name", field=files, limit="a file")
    if len(metadata) != 1:
        raise InvalidRequest(f"{len(metadata)} parts given", field="metadata", limit="exactly one, JSON")
    if len(uploads) not in count:
        raise InvalidRequest(f"{len(uploads)} given", field=files, limit=f"{count[0]} to {count[-1]}")
    if len(metadata[0]) > longest:
        raise InvalidRequest("too long", field="metadata", limit=f"{longest} bytes")
    return Form(metadata=metadata[0], uploads=uploads)


def form_body(metadata: type[BaseModel], views: str, example: dict[str, Any]) -> dict[str, Any]:
    """How OpenAPI describes a form of `metadata` (JSON) and images; `views` says which images."""
    return {
        "schema": {
            "type": "object",
            "required": ["metadata", "views"],
            "properties": {
                "metadata": {
                    "type": "string",
                    "contentMediaType": "application/json",
                    "contentSchema": metadata.model_json_schema(),
                },
                "views": {
                    "type": "array",
                    "description": views,
                    "items": {"type": "string", "contentMediaType": "application/octet-stream"},
                },
            },
        },
        "example": example,
    }
