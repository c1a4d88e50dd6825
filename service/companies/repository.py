"""All queries on kept reviews."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from service.tables import ReviewRow


def add(session: Session, review_id: str, asked: dict[str, Any], answer: dict[str, Any], pictures: list[str]) -> None:
    """Keep a review, as its company asked."""
    row = ReviewRow(id=review_id, asked=asked, answer=answer, pictures={"items": pictures})
    row.created_at = datetime.now(UTC)
    session.add(row)


def find(session: Session, review_id: str) -> ReviewRow | None:
    """The kept review, or None."""
    return session.get(ReviewRow, review_id)
