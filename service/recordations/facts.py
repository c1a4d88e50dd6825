"""What a verdict needs to know of recordations, from rows or from a past state."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from inference.circumstances import Authorised, Filed, Party
from service.law.library import Law
from service.parties import Identifier
from service.recordations import repository
from service.recordations.documents import AuthorisedUser, Content
from service.tables import RecordationRow


def filed(content: Content, holder: str, identifiers: list[Any]) -> Filed:
    """The facts of a recordation whose right holder has these identifiers, as documents keep them."""
    own = [Identifier.model_validate(item) for item in identifiers]
    return Filed(
        number=content.number or "a recordation without a number",
        holder=Party(name=holder, identifiers=pairs(own)),
        classes=frozenset(goods.nice_class for goods in content.goods),
        users=tuple(_authorised(user) for user in content.authorised_users if user.state == "active"),
    )


def pairs(identifiers: list[Identifier]) -> frozenset[tuple[str, str]]:
    """Identifiers as they are compared: type and value."""
    return frozenset((item.type, item.value) for item in identifiers)


def _authorised(user: AuthorisedUser) -> Authorised:
    return Authorised(
        party=Party(name=user.name, identifiers=pairs(user.identifiers)),
        role=user.role,
        since=user.valid_from,
        until=user.valid_to,
        classes=frozenset(user.nice_classes),
    )


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """The recordation of a mark, as a verdict rests on it."""

    id: str
    version: int
    jurisdiction: str
    zone: str  # IANA name: which day it is there
    valid_to: date | None
    filed: Filed


def recorded(session: Session, mark_ids: Collection[str], law: Law) -> dict[str, Recorded]:
    """Mark -> its recordation, for those of `mark_ids` that are live."""
    return {mark.mark_id: _recorded(mark.recordation, law) for mark in repository.live_marks(session, mark_ids)}


def _recorded(row: RecordationRow, law: Law) -> Recorded:
    holder = row.holder
    return Recorded(
        id=row.id,
        version=row.version,
        jurisdiction=row.jurisdiction,
        zone=law.profile(row.profile).timezone,
        valid_to=row.valid_to,
        filed=filed(repository.content_of(row), holder.name, holder.document.get("identifiers", [])),
    )
