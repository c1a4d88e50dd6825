"""Self-tests that nobody waits for: of imported marks, and of all marks once the embedder was replaced."""

from collections.abc import Callable

import structlog

from service.background import Background
from service.database import Database
from service.inspecting import Champion
from service.onboarding import repository
from service.onboarding.service import OnboardingService
from service.registry import repository as registry

BUSY_SECONDS = 1.0  # until the next look, while scans or pictures wait
IDLE_SECONDS = 5.0  # until the next look, once all marks are tested
log = structlog.get_logger()


class TestsBeside(Background):
    """Tests one mark after the other, in a thread, whenever nothing else is to be done."""

    def __init__(
        self, *, database: Database, champion: Champion, onboarding: OnboardingService, idle: Callable[[], bool]
    ) -> None:
        """`idle` says whether nothing else is to be done."""
        self._database, self._champion = database, champion
        self._onboarding, self._idle = onboarding, idle
        self._after = ""  # the mark that was tested last in this round, whether or not that worked
        self._round = self._tested = -1  # revisions of the registry: when this round began, and the last whole one
        super().__init__("self-tests", again=IDLE_SECONDS)

    def turn(self) -> float:
        """One test."""
        if self.step():
            return 0.0
        return IDLE_SECONDS if self._idle() else BUSY_SECONDS

    def step(self) -> bool:
        """Test one mark. False if all were tested, or something else is to be done."""
        if not self._idle():
            return False
        with self._database.read() as session:
            revision = registry.revision(session)
            if revision == self._tested:
                return False
            if not self._after:
                self._round = revision
            mark_id = repository.untested(session, self._champion().photo.embedder.sha256, after=self._after)
        if mark_id is None:
            self._tested, self._after = self._round, ""
            return False
        self._onboarding.run([mark_id])
        self._after = mark_id
        return True
