"""From a form to what services take, and from their refusals to what a page says in place."""

from collections.abc import Mapping
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from service.console.rendering import strings
from service.errors import InvalidRequest, ServiceError
from service.identity.principal import Principal
from service.problems import field_name

Shape = TypeVar("Shape", bound=BaseModel)
CONFLICT = 409


def filled(shape: type[Shape], values: Mapping[str, Any]) -> Shape:
    """What a form says, as a service takes it. Raises InvalidRequest with the field."""
    try:
        return shape.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        field = field_name(first["loc"]) or "form"
        raise InvalidRequest(f"{field}: {first['msg']}", field=field) from error


def in_place(request: Request, who: Principal, error: ServiceError) -> tuple[str, str]:
    """A conflict as the page says it: its title in the page's language, and the detail. Raises any other error."""
    if error.status != CONFLICT:
        raise error
    t, key = strings(request, who), f"problem.{error.code}"
    return t(key if key in t else "problem.unknown"), error.detail
