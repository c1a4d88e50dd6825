"""What can be wrong with an answer."""

from typing import Any

from service.errors import Conflicting, ServiceError


class UnknownTask(ServiceError):
    """No such question is there."""

    status = 404


class OvertakenTask(Conflicting):
    """The question is not as the caller believed; the answer carries how it is."""

    def __init__(self, detail: str, *, current: dict[str, Any]) -> None:
        super().__init__(detail, field="task_id", current=current)


class AlreadyAnswered(OvertakenTask):
    """Somebody answered this question before, or it is not asked any more."""


class TaskTaken(OvertakenTask):
    """Another officer is looking at this question."""


class BoxOutside(ServiceError):
    """The box does not lie in the view."""

    status = 422
