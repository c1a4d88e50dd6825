"""Pictures that have no vectors yet: an import brings thousands. They are embedded beside the scans, few at a time."""

from collections.abc import Callable

import structlog

from inference.artwork.rasterise import rasterise
from inference.artwork.views import KINDS, Kind, vectors_of
from inference.errors import TidewaiterError
from inference.vocabulary import Vectors
from service.background import Background
from service.database import Database
from service.inspecting import Embedding
from service.registry import repository
from service.registry.repository import PictureKey
from service.storage import FileStore

BATCH = 32  # pictures of one transaction
IDLE_SECONDS = 2.0  # between two looks at the database: another process may have imported
log = structlog.get_logger()


class Backlog(Background):
    """Embeds what is to be embedded. Each batch makes its marks live, here and in other processes."""

    def __init__(
        self,
        *,
        database: Database,
        files: FileStore,
        embedder: Callable[[], Embedding | None],
        kinds: frozenset[Kind] = KINDS,
        at_work: bool = True,
    ) -> None:
        """`embedder` gives the one to embed by, None if there is none; only pictures of these `kinds` are embedded.

        Marks are live by new vectors once others look at them, unless the embedder is not `at_work` yet.
        """
        self._database, self._files, self._embedder, self._kinds = database, files, embedder, kinds
        self._worked_for = ""  # sha256 of the embedder that the next two are about
        self._at_work = at_work
        self._unusable: set[PictureKey] = set()  # not tried again by this process
        self._done_at = -1  # revision of the registry at which nothing waited: looking costs more the larger it is
        super().__init__("backlog", again=IDLE_SECONDS)

    def turn(self) -> float:
        """A batch."""
        return 0.0 if self.step() else IDLE_SECONDS

    def waiting(self) -> int:
        """How many pictures have no vectors."""
        embedder = self._now()
        if embedder is None:
            return 0
        with self._database.read() as session:
            if repository.revision(session) == self._done_at:
                return 0
            return repository.unembedded_count(session, embedder.sha256, self._kinds) - len(self._unusable)

    def work(self, moved: Callable[[int, int], None] = lambda done, total: None) -> int:
        """Embed all that waits, telling how far it is. Returns how many were embedded."""
        done = 0
        while not self._stopped.is_set() and (count := self.step()):
            done += count
            moved(done, done + max(0, self.waiting()))
        return done

    def step(self) -> int:
        """Embed one batch. Returns how many pictures that were; 0 if nothing waits."""
        embedder = self._now()
        if embedder is None:
            return 0
        with self._database.read() as session:
            revision = repository.revision(session)
            if revision == self._done_at:
                return 0
            waiting = repository.unembedded(session, embedder.sha256, BATCH + len(self._unusable), self._kinds)
        pictures = [key for key in waiting if key not in self._unusable][:BATCH]
        if not pictures:
            self._done_at = revision
        made = {key: vectors for key in pictures if (vectors := self._embed(key, embedder)) is not None}
        if made:
            with self._database.write() as session:
                repository.add_vectors(session, embedder.sha256, made)
                if self._at_work:
                    repository.touch_marks(session, made, repository.bump(session))
        return len(pictures)

    def _now(self) -> Embedding | None:
        """The embedder at work; for another one than before nothing is done yet."""
        embedder = self._embedder()
        if embedder is not None and embedder.sha256 != self._worked_for:
            self._worked_for, self._done_at = embedder.sha256, -1
            self._unusable = set()
        return embedder

    def _embed(self, key: PictureKey, embedder: Embedding) -> Vectors | None:
        try:
            return vectors_of(rasterise(self._files.get(key[0]), name=key[0]), key[1], embedder)
        except (TidewaiterError, OSError) as error:
            log.error("picture_not_embedded", picture=key[0], error=str(error))
            self._unusable.add(key)
            return None
