"""The parts by which models become better: labels, jobs, releases and their roll-out, drift, the archive.

Made by `bootstrap` like all others.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from inference.decoding import Limits
from service.alerts.rules import ReviewRules
from service.archive.service import ArchiveService
from service.clock import Clock
from service.database import Database
from service.drift import repository as drifting
from service.drift.service import DriftService
from service.drift.watching import Watch
from service.jobs.service import Handler, JobService
from service.labels.collecting import Collector
from service.labels.pseudonyms import Pseudonyms
from service.labels.rules import load_label_rules
from service.labels.service import LabelService
from service.law.library import Law
from service.modelops.adopting import Adopting
from service.modelops.files import ReleaseFiles
from service.modelops.releasing import ReleaseService
from service.modelops.reporting import Reporting
from service.modelops.rollout import RolloutService
from service.modelops.rules import load_rules as load_rollout_rules
from service.modelops.serving import Serving
from service.modelops.shadowing import Shadowing
from service.modelops.simulating import Simulation
from service.modelops.thresholding import ThresholdService
from service.pool import InspectionPool
from service.rescreening.changes import VerdictChanges
from service.rescreening.jobs import CHANGES, REEMBED, RESCREEN, AsJob
from service.rescreening.looking import StoredLook
from service.rescreening.reembedding import Reembedding
from service.rescreening.service import Rescreening
from service.rescreening.showing import Hits
from service.retraining.handler import KIND as RETRAIN
from service.retraining.handler import Retraining
from service.retraining.rules import load_rules as load_retraining_rules
from service.retraining.triggers import Triggers
from service.sampling.choosing import Chooser
from service.sampling.rules import load_sampling_rules
from service.sampling.service import TaskService
from service.scans.judging import ScanJudge
from service.settings import Settings
from service.storage import FileStore


@dataclass(frozen=True, kw_only=True)
class Learning:
    """All of them."""

    jobs: JobService
    releases: ReleaseService
    adopting: Adopting
    rollout: RolloutService
    reporting: Reporting
    thresholds: ThresholdService
    simulation: Simulation
    shadowing: Shadowing
    labels: LabelService
    tasks: TaskService
    chooser: Chooser
    drift: DriftService
    watch: Watch
    archive: ArchiveService
    hits: Hits
    triggers: Triggers


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What they stand on."""

    settings: Settings
    database: Database
    files: FileStore
    release_files: ReleaseFiles
    serving: Serving
    judge: ScanJudge
    pool: InspectionPool
    law: Law
    limits: Limits
    review: ReviewRules
    clock: Clock


def make_learning(ground: Ground) -> Learning:
    """Put them together. Raises BadSettings."""
    settings, database, clock = ground.settings, ground.database, ground.clock
    rules, asking = load_rollout_rules(settings.rollout_rules), load_sampling_rules(settings.sampling_rules)
    releases = ReleaseService(database=database, files=ground.release_files, rules=rules, clock=clock)
    adopting = Adopting(settings=settings, releases=releases)
    collector = collector_of(settings, ground.files)
    jobs = JobService(database=database, handlers=_handlers(ground, adopting, collector))
    return Learning(
        jobs=jobs,
        releases=releases,
        adopting=adopting,
        rollout=RolloutService(database=database, serving=ground.serving, rules=rules, clock=clock),
        reporting=Reporting(database=database, rules=ground.review),
        thresholds=ThresholdService(database=database, serving=ground.serving, clock=clock),
        simulation=Simulation(database=database, serving=ground.serving, rules=ground.review, clock=clock),
        shadowing=Shadowing(
            database=database,
            judge=ground.judge,
            shadow=lambda: ground.serving.crew.shadow,
            law=ground.law,
            idle=lambda: ground.pool.idle,
            clock=clock,
        ),
        labels=LabelService(database=database, collector=collector, limits=ground.limits, clock=clock),
        tasks=TaskService(database=database, rules=asking, clock=clock),
        chooser=Chooser(database=database, rules=asking, idle=lambda: ground.pool.idle, clock=clock),
        drift=DriftService(database=database, rules=ground.review, clock=clock),
        watch=Watch(database=database, rules=ground.review, clock=clock),
        archive=ArchiveService(database=database, clock=clock),
        hits=Hits(database),
        triggers=Triggers(
            database=database,
            jobs=jobs,
            rules=load_retraining_rules(settings.retraining_rules),
            drifting=lambda session: bool(drifting.open_alarms(session)),
            clock=clock,
        ),
    )


def collector_of(settings: Settings, files: FileStore) -> Collector:
    """What collects labels. Raises BadSettings."""
    rules, names = load_label_rules(settings.label_rules), Pseudonyms(settings.var_dir / "keys" / "labels.key")
    return Collector(files=files, rules=rules, pseudonyms=names)


def retraining_of(
    settings: Settings,
    database: Database,
    files: FileStore,
    release_files: ReleaseFiles,
    adopting: Adopting,
    clock: Clock,
) -> Retraining:
    """What does retrainings. Raises BadSettings."""
    return Retraining(
        settings=settings,
        database=database,
        files=files,
        releases=release_files,
        collector=collector_of(settings, files),
        adopting=adopting,
        clock=clock,
    )


def _handlers(ground: Ground, adopting: Adopting, collector: Collector) -> Mapping[str, Handler]:
    """Kind of job -> what does it."""
    database, files, serving = ground.database, ground.files, ground.serving
    looked = StoredLook(champion=lambda: serving.champion, judge=ground.judge)
    return {
        RETRAIN: retraining_of(ground.settings, database, files, ground.release_files, adopting, ground.clock),
        RESCREEN: AsJob(Rescreening(database=database, files=files, champion=lambda: serving.champion)),
        CHANGES: AsJob(VerdictChanges(database=database, champion=lambda: serving.champion)),
        REEMBED: AsJob(
            Reembedding(
                database=database, look=looked, champion=lambda: serving.champion, idle=lambda: ground.pool.idle
            )
        ),
    }
