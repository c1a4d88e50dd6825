"""Whatever models, jobs, drift and labels can say has its words in the console."""

import inspect
import re
from typing import get_args

import pytest

import service.drift.errors
import service.jobs.errors
import service.labels.capping
import service.labels.consensus
import service.labels.deriving
import service.modelops.errors
import service.retraining.errors
import service.sampling.errors
from inference.vocabulary import Modality
from service.console.catalogue import LANGUAGES, catalogue
from service.console.stepping import ORDER
from service.drift.hints import WORDS
from service.drift.schemas import AlarmState, Metric
from service.errors import ServiceError
from service.jobs.schemas import JobState
from service.labels.exclusions import KINDS
from service.labels.schemas import SuspectOut
from service.modelops.past import STEPS
from service.modelops.releasing import PARTS
from service.modelops.schemas import ReleaseOut, State
from service.rescreening.telling import ENGLISH
from service.retraining.schemas import RetrainIn, TrainedRole
from service.sampling.schemas import SamplerName

REFUSALS = (
    service.drift.errors,
    service.jobs.errors,
    service.modelops.errors,
    service.retraining.errors,
    service.sampling.errors,
)
PLACES = (*PARTS,)
KEYS = [
    *(f"hint.{hint}" for hint in WORDS),
    *(f"metric.{metric}" for metric in get_args(Metric)),
    *(f"alarm_state.{state}" for state in get_args(AlarmState)),
    *(f"modality.{one}" for one in (*get_args(Modality), "all")),
    *(f"job_state.{state}" for state in get_args(JobState)),
    *(f"release_state.{state}" for state in get_args(State)),
    *(f"origin.{one}" for one in get_args(ReleaseOut.model_fields["origin"].annotation)),
    *(f"part.{part}" for part in PLACES),
    *(f"part_text.{part}" for part in PLACES),
    *(f"taken.{action}" for action in STEPS),
    *(f"step.{step}" for step in ORDER),
    *(f"step_text.{step}" for step in ORDER),
    *(f"role_of_model.{role}" for role in get_args(TrainedRole)),
    *(f"job_mode.{mode}" for mode in get_args(RetrainIn.model_fields["mode"].annotation)),
    *(f"job_kind.{kind}" for kind in ("retrain", "rescreen", "changes", "reembed")),
    *(f"sampler.{name}" for name in get_args(SamplerName)),
    *(f"suspect.{one}" for one in get_args(SuspectOut.model_fields["question"].annotation)),
    *(f"exclusion.{kind}" for kind in KINDS),
    *(f"label_left.excluded_{kind}" for kind in KINDS),
    *(f"past.{key}" for key in ENGLISH),
]
STEPS_OF_JOBS = (
    "collect registry manifest finetune export calibrate evaluate judge bundle adopt embed search look compare"
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_of_it_can_be_said(language: str) -> None:
    t = catalogue(language)
    assert [key for key in KEYS if key not in t] == []
    assert [step for step in STEPS_OF_JOBS.split() if f"job_step.{step}" not in t] == []


def test_refusals_have_their_words() -> None:
    t = catalogue("en")
    for module in REFUSALS:
        for name, kind in vars(module).items():
            own = isinstance(kind, type) and issubclass(kind, ServiceError) and kind.__module__ == module.__name__
            if own and kind.status == 409 and name != "OvertakenTask":
                code = re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
                assert f"problem.{code}" in t, code


def test_why_something_gave_no_label_has_its_words() -> None:
    """The reasons are strings in the code that leaves something out."""
    t = catalogue("en")
    places = (service.labels.capping, service.labels.consensus, service.labels.deriving)
    source = "\n".join(inspect.getsource(module) for module in places)
    found = set(re.findall(r'reason="([a-z_]+)"', source)) | set(re.findall(r'_left\([^"\n]*"([a-z_]+)"\)', source))
    found |= set(re.findall(r'"(office[r]?_share_of_[a-z]+)"', source)) | {"test", "undone", "proposed"}
    assert len(found) > 10
    assert [reason for reason in sorted(found) if f"label_left.{reason}" not in t] == []
