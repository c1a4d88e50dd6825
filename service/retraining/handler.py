"""Does a retraining: collects what was said, has it trained on, and enters what comes of it as a candidate.

Each step leaves a file or folder that is whole or not there, so a job that is taken up again goes on where it was.
"""

import json
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from service.clock import Clock
from service.database import Database
from service.jobs.service import Told
from service.labels.service import LabelService
from service.modelops.adopting import Adopting
from service.modelops.champion import champion_of
from service.modelops.files import ReleaseFiles
from service.modelops.keys import signing_key
from service.retraining.errors import BadRun, NothingToLearnFrom
from service.retraining.process import train
from service.retraining.registry_table import NAME, write_table
from service.settings import PACKAGE_ROOT, Settings
from service.storage import FileStore

KIND = "retrain"
LABELS, REGISTRY, REQUEST, CANDIDATE = "labels", "registry", "request.json", "candidate"
GATES = PACKAGE_ROOT / "training" / "retraining" / "gates.toml"
BEGINNING = "1970-01-01T00:00:00+00:00"


class Retraining:
    """Does jobs of the kind `retrain`."""

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        files: FileStore,
        releases: ReleaseFiles,
        labels: LabelService,
        adopting: Adopting,
        clock: Clock,
    ) -> None:
        self._settings, self._database, self._files, self._releases = settings, database, files, releases
        self._labels, self._adopting, self._clock = labels, adopting, clock

    def run(self, job_id: str, options: Mapping[str, Any], told: Told) -> dict[str, Any]:
        """See `service.jobs.service.Handler`. Raises NothingToLearnFrom, TrainingFailed, BadBundle."""
        run = (self._settings.var_dir / "retraining" / job_id).resolve()
        run.mkdir(parents=True, exist_ok=True)
        champion, parent = champion_of(self._settings, self._database, self._releases)
        self._collect(run, options, told)
        self._registry(run, told)
        self._request(run, options, champion)
        passed = train(run, told)
        told.moved("adopt", 0, 1)
        report = _report(run, passed)
        release = self._adopting.adopt(
            run / CANDIDATE,
            champion,
            by=str(options["by"]),
            origin="retrained",
            card=report["card"],
            gates=report["gates"],
            job_id=job_id,
            parent_id=parent,
        )
        told.moved("adopt", 1, 1, release.id)
        return {"release": release.id, "state": release.state, "passed": passed, **_counts(run)}

    def _collect(self, run: Path, options: Mapping[str, Any], told: Told) -> None:
        """Write the labels and their pictures; what was said later is for the next retraining."""
        if (run / LABELS).exists():
            return
        told.moved("collect", 0)
        made = run / f"{LABELS}.part"
        shutil.rmtree(made, ignore_errors=True)
        since = datetime.fromisoformat(options.get("since") or BEGINNING)
        collected = self._labels.collect(since, self._clock())
        if not collected.images:
            why = ", ".join(f"{count} {reason}" for reason, count in collected.reasons.items()) or "nothing was decided"
            raise NothingToLearnFrom(why, field="since")
        self._labels.export(
            made,
            collected,
            by=str(options["by"]),
            action="collected",
            moved=lambda done, total: told.moved("collect", done, total),
        )
        made.rename(run / LABELS)

    def _registry(self, run: Path, told: Told) -> None:
        if (run / REGISTRY).exists():
            return
        made = run / f"{REGISTRY}.part"
        shutil.rmtree(made, ignore_errors=True)
        with self._database.read() as session:
            write_table(session, self._files, made, lambda done, total: told.moved("registry", done, total))
        made.rename(run / REGISTRY)

    def _request(self, run: Path, options: Mapping[str, Any], champion: Path) -> None:
        """What the training is asked for; it is asked once, so that a run goes on from the champion it began with."""
        if (run / REQUEST).exists():
            return
        gates = self._settings.gates or GATES
        wanted = {
            "champion": str(champion),
            "labels": LABELS,
            "registry": f"{REGISTRY}/{NAME}",
            "roles": list(options["roles"]),
            "mode": options["mode"],
            "seed": options["seed"],
            "minutes": options["minutes"],
            "gates": str(gates.resolve()),
            "signing_key": str(signing_key(self._settings)),
        }
        part = run / f"{REQUEST}.part"
        part.write_text(json.dumps(wanted, indent=2) + "\n", encoding="utf-8")
        part.rename(run / REQUEST)


def _report(run: Path, passed: bool) -> dict[str, Any]:
    """The gates and the card that the training wrote."""
    try:
        gates = json.loads((run / CANDIDATE / "gates.json").read_text(encoding="utf-8"))
        card = (run / CANDIDATE / "card.md").read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise BadRun(f"{run.name}: {error}", field="job_id") from error
    if bool(gates.get("passed")) != passed:
        raise BadRun(f"{run.name}: the gates say {gates.get('passed')}, the training ended otherwise", field="job_id")
    return {"gates": gates, "card": card}


def _counts(run: Path) -> dict[str, Any]:
    """How much was learnt from."""
    with (run / LABELS / "labels.jsonl").open(encoding="utf-8") as lines:
        counts = [len(json.loads(line)["labels"]) for line in lines]
    return {"images": len(counts), "labels": sum(counts)}
