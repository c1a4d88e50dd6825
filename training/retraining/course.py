"""The steps of a run in their order, and how far a run is: a step is done when its output is there whole.

    manifest → finetune → export → calibrate → evaluate → judge → bundle

Weights are stored (and so rounded) and the graph is checked against the net before anything is measured; scores are
fitted on the graph that would be shipped; and what is measured for the gates is the finished bundle. The other way
round, figures would be of a net that nobody ships.
"""

from collections.abc import Mapping
from typing import Protocol

from training.retraining.context import Context
from training.retraining.errors import BadRequest
from training.retraining.steps import bundle, calibrate, evaluate, export, finetune, judge, manifest


class Step(Protocol):
    """One step's module."""

    OUTPUT: str  # file in the run's folder, written last

    def run(self, context: Context) -> None:
        """Do the step and write its output."""


STEPS: Mapping[str, Step] = {
    "manifest": manifest,
    "finetune": finetune,
    "export": export,
    "calibrate": calibrate,
    "evaluate": evaluate,
    "judge": judge,
    "bundle": bundle,
}


def done(context: Context, name: str) -> bool:
    """Whether a step's output is there."""
    return (context.run / STEPS[name].OUTPUT).exists()


def advance(context: Context, until: str | None = None) -> None:
    """Do what is left, up to and with the step `until`; raises BadRequest if there is no such step."""
    if until is not None and until not in STEPS:
        raise BadRequest(f"there is no step {until!r}; there are {', '.join(STEPS)}", field="until")
    for name, step in STEPS.items():
        context.progress.breathe()
        if done(context, name):
            context.progress.say(name, 1, 1, "done before")
        else:
            step.run(context)
        if name == until:
            return
