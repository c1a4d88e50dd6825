"""What can go wrong with a company's question."""

from service.errors import ServiceError


class TooManyQuestions(ServiceError):
    """This address has asked too often; ask again later."""

    status = 429

    def __init__(self, *, allowed: int, retry_after: int) -> None:
        super().__init__(f"ask again in {retry_after} seconds", field="client", limit=f"{allowed} a minute")
        self.retry_after = retry_after

    def headers(self) -> dict[str, str]:
        return {"Retry-After": str(self.retry_after)}


class BadCheckList(ServiceError):
    """The list cannot be checked."""

    status = 422


class UnknownReview(ServiceError):
    """No such review is kept."""

    status = 404
