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
from service.retention import Retention
from service.retraining.asking import Asking
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
    asking: Asking
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
    retention: Retention


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
    review: ReviewRules
    clock: Clock


def make_learning(ground: Ground) -> Learning:
    """Put them together. Raises BadSettings."""
    settings, database, clock = ground.settings, ground.database, ground.clock
    rules, asking = load_rollout_rules(settings.rollout_rules), load_sampling_rules(settings.sampling_rules)
    releases = ReleaseService(database=database, files=ground.release_files, rules=rules, clock=clock)
    adopting = Adopting(settings=settings, releases=releases)
    labels = labels_of(settings, database, ground.files, clock)
    retraining = Retraining(
        settings=settings,
        database=database,
        files=ground.files,
        releases=ground.release_files,
        labels=labels,
        adopting=adopting,
        clock=clock,
    )
    archive = ArchiveService(database=database, clock=clock)
    jobs = JobService(database=database, handlers={RETRAIN: retraining, **_over_the_past(ground)})
    return Learning(
        jobs=jobs,
        asking=Asking(database=database, jobs=jobs),
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
        labels=labels,
        tasks=TaskService(database=database, rules=asking, clock=clock),
        chooser=Chooser(database=database, rules=asking, idle=lambda: ground.pool.idle, clock=clock),
        drift=DriftService(database=database, rules=ground.review, clock=clock),
        watch=Watch(database=database, rules=ground.review, clock=clock),
        archive=archive,
        hits=Hits(database),
        triggers=Triggers(
            database=database,
            jobs=jobs,
            rules=load_retraining_rules(settings.retraining_rules),
            drifting=lambda session: bool(drifting.open_alarms(session)),
            clock=clock,
        ),
        retention=Retention(
            database=database,
            archive=archive,
            clock=clock,
            archive_days=settings.archive_days,
            statistics_days=settings.statistics_days,
        ),
    )


def labels_of(settings: Settings, database: Database, files: FileStore, clock: Clock) -> LabelService:
    """What collects labels. Raises BadSettings."""
    names = Pseudonyms(settings.var_dir / "keys" / "labels.key")
    collector = Collector(files=files, rules=load_label_rules(settings.label_rules), pseudonyms=names)
    limits = Limits(
        max_bytes=settings.max_image_bytes, max_pixels=settings.max_image_pixels, max_side=settings.max_image_side
    )
    return LabelService(database=database, collector=collector, limits=limits, clock=clock)


def _over_the_past(ground: Ground) -> Mapping[str, Handler]:
    """Kind of job over past scans -> what does it."""
    database, files, serving = ground.database, ground.files, ground.serving
    looked = StoredLook(champion=lambda: serving.champion, judge=ground.judge)
    return {
        RESCREEN: AsJob(Rescreening(database=database, files=files, champion=lambda: serving.champion)),
        CHANGES: AsJob(VerdictChanges(database=database, champion=lambda: serving.champion)),
        REEMBED: AsJob(
            Reembedding(
                database=database, look=looked, champion=lambda: serving.champion, idle=lambda: ground.pool.idle
            )
        ),
    }
