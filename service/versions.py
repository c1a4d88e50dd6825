"""Optimistic locking over HTTP (RFC 9110, 13.1.1): what is shown has its version as ETag, a change names it."""

import re
from typing import Annotated

from fastapi import Header, Response

from service.errors import ServiceError

VERSION = re.compile(r'(?:W/)?"?(\d{1,9})"?')
IfMatch = Annotated[str | None, Header(description="The version the change is made to: the ETag of what was shown.")]


class VersionMissing(ServiceError):
    """A change must say which version it changes, in the header If-Match."""

    status = 428


def version_of(if_match: str | None) -> int:
    """The version that `If-Match` names. Raises VersionMissing."""
    found = VERSION.fullmatch((if_match or "").strip())
    if found is None:
        raise VersionMissing("the header names no version", field="If-Match", limit='a version, such as "3"')
    return int(found[1])


def tagged(response: Response, version: int) -> None:
    """Say the version of what is answered."""
    response.headers["ETag"] = f'"{version}"'
