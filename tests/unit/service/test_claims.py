"""What of a declaration a scan can contradict; whatever is not clear is left open."""

from typing import Any

import pytest

from inference.mismatch import Claims
from service.scans.claims import claims_of
from service.scans.declarations import Declaration


@pytest.mark.parametrize(
    ("given", "claims"),
    [
        ({}, Claims()),
        ({"goods": ["shirts"]}, Claims()),
        (
            {"goods": [{"name": "shirts", "hs": "610910", "quantity": 2, "unit": "piece"}]},
            Claims(pieces=2, metal_free=True),
        ),
        ({"goods": [{"name": "shirts", "hs": "61", "quantity": 2}]}, Claims(metal_free=True)),  # two of what?
        ({"goods": [{"name": "yarn", "hs": "5205", "quantity": 3, "unit": "KGM"}]}, Claims(metal_free=True)),
        ({"goods": [{"name": "shirts", "hs": "61", "quantity": 2}, {"name": "watch", "hs": "9102"}]}, Claims()),
        ({"gross_weight_g": 420}, Claims(grams=420)),
    ],
)
def test_claims(given: dict[str, Any], claims: Claims) -> None:
    assert claims_of(Declaration.model_validate(given)) == claims


def test_without_a_declaration_nothing_is_claimed() -> None:
    assert claims_of(None) == Claims()
