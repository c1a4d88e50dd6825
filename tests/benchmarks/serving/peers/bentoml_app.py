"""BentoML: `bentoml serve bentoml_app:Served`, in an environment of its own; TINY names the model."""

import os
from pathlib import Path
from typing import Any

import bentoml
from tiny import Tiny, answer, picture


@bentoml.service(workers=2, logging={"access": {"enabled": False}}, metrics={"enabled": False})
class Served:
    """One network in each of two workers."""

    def __init__(self) -> None:
        self._tiny = Tiny(Path(os.environ["TINY"]))

    @bentoml.api
    def classify(self, views: Path) -> dict[str, Any]:
        """The form's photograph, which BentoML hands on as a file."""
        return answer(self._tiny.run(picture(views.read_bytes()))[0][0])
