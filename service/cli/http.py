"""What commands ask of a running service."""

from typing import Any

import httpx

from service.errors import CannotStart


def checked(answer: httpx.Response) -> dict[str, Any]:
    """The JSON of a good answer. Raises CannotStart with the problem of a bad one."""
    body: dict[str, Any] = answer.json()
    if not answer.is_success:
        raise CannotStart(f"the service answered {answer.status_code}: {body['title']} {body['detail']}")
    return body
