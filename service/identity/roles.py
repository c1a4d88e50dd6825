"""What each role may do. A person may have several; an account without any may only look at its own page."""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Role(StrEnum):
    """What somebody is here for."""

    STATION = "station"
    OFFICER = "officer"
    SUPERVISOR = "supervisor"
    REGISTRAR = "registrar"
    MODEL_OPERATOR = "model_operator"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """One kind of act."""

    POST_SCANS = "post scans"
    SEE_SCANS = "see scans"
    SEE_ALERTS = "see alerts"
    DECIDE = "decide alerts"
    SUPERVISE = "see how the office works"
    SEE_REGISTRY = "see the registry"
    EDIT_REGISTRY = "change the registry"
    SEE_MODELS = "see the models and what they learn from"
    OPERATE_MODELS = "operate models"
    SEE_AUDIT = "see the audit"
    ADMINISTER = "administer accounts"


P = Permission
GRANTS: Mapping[Role, frozenset[Permission]] = {
    Role.STATION: frozenset({P.POST_SCANS, P.SEE_SCANS}),  # of its own station: see `service/scans/answers.py`
    Role.OFFICER: frozenset({P.SEE_SCANS, P.SEE_ALERTS, P.DECIDE, P.SEE_REGISTRY}),
    Role.SUPERVISOR: frozenset({P.SEE_SCANS, P.SEE_ALERTS, P.DECIDE, P.SUPERVISE, P.SEE_REGISTRY, P.SEE_MODELS}),
    Role.REGISTRAR: frozenset({P.SEE_REGISTRY, P.EDIT_REGISTRY}),
    Role.MODEL_OPERATOR: frozenset({P.SEE_SCANS, P.SEE_ALERTS, P.SEE_REGISTRY, P.SEE_MODELS, P.OPERATE_MODELS}),
    Role.AUDITOR: frozenset({P.SEE_SCANS, P.SEE_ALERTS, P.SEE_REGISTRY, P.SEE_AUDIT, P.SUPERVISE, P.SEE_MODELS}),
    Role.ADMINISTRATOR: frozenset({P.ADMINISTER}),
}


def granted(roles: Iterable[Role]) -> frozenset[Permission]:
    """All that these roles allow together."""
    return frozenset().union(*(GRANTS[role] for role in roles))
