"""Sixth step: the gates. A refused candidate is kept, with the reasons; nobody is asked to approve it."""

from training.retraining.context import Context
from training.retraining.files import read_json, write_json
from training.retraining.gatefile import read_gates
from training.retraining.gates import answers
from training.retraining.steps import evaluate

OUTPUT = "gates.json"


def run(context: Context) -> None:
    """Hold what was measured against the gate file."""
    given = answers(read_gates(context.needed("gates")), read_json(context.run / evaluate.OUTPUT))
    context.progress.say("gates", len(given), len(given), f"{sum(not one.passed for one in given)} refused")
    write_json(
        context.run / OUTPUT,
        {"passed": all(answer.passed for answer in given), "gates": [answer.as_json() for answer in given]},
    )
