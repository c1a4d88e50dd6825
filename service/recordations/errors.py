"""What can go wrong with a recordation besides a rule that it breaks."""

from service.errors import Conflicting, ServiceError


class UnknownRecordation(ServiceError):
    """No such recordation is in the registry."""

    status = 404


class CannotFollow(Conflicting):
    """This cannot happen to it as it stands."""


class NumberTaken(Conflicting):
    """Another recordation has this number."""


class MarkTaken(Conflicting):
    """Another recordation has a mark of this identifier."""


class Overlapping(Conflicting):
    """The same registration is recorded for the same days already."""


class Contradicting(Conflicting):
    """The same registration is recorded for another right holder."""
