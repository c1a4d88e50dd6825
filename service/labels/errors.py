"""What can be wrong with labels."""

from typing import Any

from service.errors import Conflicting, ServiceError


class BadLabelSet(ServiceError):
    """The set of labels cannot be used."""

    status = 422


class UnknownExclusion(ServiceError):
    """Nothing of that name is excluded."""

    status = 404


class AlreadyExcluded(Conflicting):
    """It is excluded already."""

    def __init__(self, detail: str, *, current: dict[str, Any]) -> None:
        super().__init__(detail, field="subject", current=current)


class WordGiven(Conflicting):
    """The right holder's answer about this alert was entered before."""

    def __init__(self, detail: str, *, current: dict[str, Any]) -> None:
        super().__init__(detail, field="alert_id", current=current)


class BadLabelKey(ServiceError):
    """The key of the pseudonyms cannot be used."""


class LabelFolderTaken(ServiceError):
    """Labels are written into a folder that is empty or not there yet."""

    status = 422


class DamagedPicture(ServiceError):
    """A picture of the labels is not in the file store as it was."""
