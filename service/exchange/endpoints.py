"""/v1/registry/imports and /v1/registry/exports: jobs that bring the registry in and out."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import FileResponse
from starlette.concurrency import run_in_threadpool

from service.answers import problems
from service.exchange.schemas import ExportOptions, ImportOptions, JobOut
from service.exchange.staging import Report
from service.identity.guard import PrincipalDep
from service.parts import PartsDep
from service.uploads import multipart, parse_metadata

IMPORTS = "/v1/registry/imports"
router = APIRouter(prefix="/v1/registry", tags=["exchange"])
FILE: dict[str, Any] = {"type": "string", "contentMediaType": "application/octet-stream"}
IMPORT_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["metadata", "file"],
                    "properties": {
                        "metadata": {
                            "type": "string",
                            "contentMediaType": "application/json",
                            "contentSchema": ImportOptions.model_json_schema(),
                        },
                        "file": {
                            "type": "array",
                            "description": "The registry (CSV, XLSX, JSON Lines, ST.66, ST.96 or USPTO XML), or a zip "
                            "of it and its pictures; then, if the pictures are apart, a zip of them.",
                            "items": FILE,
                            "minItems": 1,
                            "maxItems": 2,
                        },
                    },
                },
                "example": {"metadata": '{"officer": "r.egistrar", "dry_run": true}', "file": ["(bytes)"]},
            }
        },
    }
}


def _download(kind: str, example: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {kind: {"schema": FILE, "example": example}}}, **problems(404)}


@router.post(
    "/imports",
    summary="Import a registry",
    status_code=202,
    responses=problems(400, 413, 422),
    openapi_extra=IMPORT_BODY,
)
async def post_import(request: Request, response: Response, parts: PartsDep, who: PrincipalDep) -> JobOut:
    """The files are stored and the job is entered; ask for it until it is done. Everything is checked first."""
    async with multipart(request, files="file", most=2) as form:
        options = parse_metadata(ImportOptions, form.metadata)
        who.speaks_as(options.officer)
        pictures = form.uploads[1] if len(form.uploads) > 1 else None
        job = await run_in_threadpool(parts.exchange.take_import, options, form.uploads[0], pictures)
    response.headers["Location"] = f"{router.prefix}/imports/{job.id}"
    return job


@router.get("/imports/{job_id}", summary="Show an import", responses=problems(404))
def get_import(job_id: str, parts: PartsDep) -> JobOut:
    """How far it is, and what it did or would do."""
    return parts.exchange.get(job_id, "import")


@router.get(
    "/imports/{job_id}/{report}",
    summary="Download a report of an import",
    response_class=FileResponse,
    responses=_download("text/csv", "place,field,reason,text"),
)
def get_report(job_id: str, report: Report, parts: PartsDep) -> FileResponse:
    """Rejected: where each is in the file, and what is wrong. Changes: what is added and changed, field by field.
    Duplicates: numbers, marks and registrations that others have, and pictures that other right holders have.
    """
    return FileResponse(parts.exchange.report(job_id, report), media_type="text/csv", filename=f"{job_id}-{report}.csv")


@router.post("/exports", summary="Export the registry", status_code=202, responses=problems(422))
def post_export(options: ExportOptions, response: Response, parts: PartsDep, who: PrincipalDep) -> JobOut:
    """A zip of the registry and its pictures is written; an empty registry that imports it has the same export."""
    who.speaks_as(options.officer)
    job = parts.exchange.take_export(options)
    response.headers["Location"] = f"{router.prefix}/exports/{job.id}"
    return job


@router.get("/exports/{job_id}", summary="Show an export", responses=problems(404))
def get_export(job_id: str, parts: PartsDep) -> JobOut:
    """How far it is."""
    return parts.exchange.get(job_id, "export")


@router.get(
    "/exports/{job_id}/file",
    summary="Download an export",
    response_class=FileResponse,
    responses=_download("application/zip", "(bytes of registry.zip)"),
)
def get_export_file(job_id: str, parts: PartsDep) -> FileResponse:
    """The zip."""
    return FileResponse(parts.exchange.exported(job_id), media_type="application/zip", filename="registry.zip")
