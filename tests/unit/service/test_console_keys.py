"""Keys of outcomes: the officer's own choice, unless a tool has taken that key since."""

from types import SimpleNamespace
from typing import Any

from service.alerts.rules import TAKEN, load_rules
from service.console.review import keys_of


def keys(chosen: dict[str, str]) -> dict[str, str]:
    parts: Any = SimpleNamespace(deciding=SimpleNamespace(rules=load_rules()))
    who: Any = SimpleNamespace(preferences={"keys": chosen})
    return {str(action): key for action, key in keys_of(parts, who).items()}


def test_an_officers_own_key_counts_but_not_one_that_a_tool_has_taken() -> None:
    usual = keys({})
    assert keys({"release": "w"}) == usual | {"release": "w"}
    assert "l" in TAKEN
    assert keys({"release": "l"}) == usual
    assert keys({"no_such_outcome": "w"}) == usual
