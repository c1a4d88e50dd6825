"""The application with labels and questions over a running service's database, where a test drives each step itself."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import httpx
import uvicorn
from fastapi import Depends, FastAPI

from inference.decoding import DEFAULT_LIMITS
from service.answers import problems
from service.app import GUARDED as SERVED
from service.app import create_app
from service.clock import Clock
from service.identity.guard import needs
from service.identity.roles import Permission
from service.labels.collecting import Collector
from service.labels.endpoints import router as labels
from service.labels.endpoints import words
from service.labels.pseudonyms import Pseudonyms
from service.labels.rules import LabelRules, load_label_rules
from service.labels.service import LabelService
from service.parts import Parts
from service.sampling.choosing import Chooser
from service.sampling.endpoints import router as tasks
from service.sampling.rules import SamplingRules, load_sampling_rules
from service.sampling.service import TaskService
from tests.integration.service.harness import wait_for

GUARDED = (
    (tasks, (Permission.SEE_ALERTS, Permission.DECIDE)),
    (words, (Permission.SEE_ALERTS, Permission.DECIDE)),
    (labels, (Permission.SEE_MODELS, Permission.OPERATE_MODELS)),
)


@dataclass(frozen=True, kw_only=True)
class LearningApp:
    """Its parts, and clients by the key they come with."""

    labels: LabelService
    tasks: TaskService
    chooser: Chooser
    client: httpx.Client
    parts: Parts
    opened: ExitStack

    def keyed(self, name: str) -> httpx.Client:
        """A client with a key of the account `name`."""
        key = self.parts.accounts.add_key(name, label="tests", by="tests")[1]
        headers = {"Authorization": f"Bearer {key}"}
        client = httpx.Client(base_url=self.client.base_url, headers=headers, timeout=30)
        return self.opened.enter_context(client)


@contextmanager
def learning(
    parts: Parts,
    clock: Clock,
    key: str,
    *,
    rules: LabelRules | None = None,
    sampling: SamplingRules | None = None,
    idle: Any = lambda: True,
) -> Iterator[LearningApp]:
    """The application over the parts; none of its threads runs."""
    database, asking = parts.database, sampling or load_sampling_rules()
    collector = Collector(
        files=parts.files,
        rules=rules or load_label_rules(),
        pseudonyms=Pseudonyms(parts.settings.var_dir / "label.key"),
    )
    made = SimpleNamespace(
        labels=LabelService(database=database, collector=collector, limits=DEFAULT_LIMITS, clock=clock),
        tasks=TaskService(database=database, rules=asking, clock=clock),
        chooser=Chooser(database=database, rules=asking, idle=idle, clock=clock),
    )
    app = create_app(replace(parts, learning=made))  # type: ignore[arg-type]
    there = [router for router, _ in SERVED]
    for router, permissions in (one for one in GUARDED if one[0] not in there):
        app.include_router(router, dependencies=[Depends(needs(*permissions))], responses=problems(401, 403))
    with _served(app) as address, ExitStack() as opened:
        headers = {"Authorization": f"Bearer {key}"}
        client = opened.enter_context(httpx.Client(base_url=address, headers=headers, timeout=30))
        yield LearningApp(
            labels=made.labels, tasks=made.tasks, chooser=made.chooser, client=client, parts=parts, opened=opened
        )


@contextmanager
def _served(app: FastAPI) -> Iterator[str]:
    """The address of the application, none of whose threads is started: the parts belong to somebody else."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_for(lambda: server.started or not thread.is_alive())
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
