"""Companies look up what is recorded, and have their goods looked at before they ship them."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from inference.decoding import Limits, decode
from service.companies import repository
from service.companies.answers import PUBLIC, look_alikes, public
from service.companies.checking import checked
from service.companies.errors import UnknownReview
from service.companies.schemas import PublicFiling, PublicPage, ReviewIn, ReviewOut
from service.database import Database
from service.identifiers import new_id
from service.inspecting import Champion
from service.parties import plain_identifier
from service.recordations.facts import recorded
from service.recordations.schedule import Schedule
from service.scans.verdicts import combine
from service.search import repository as searching
from service.search.repository import Filters
from service.search.service import SearchService
from service.storage import FileStore
from service.uploads import Upload

SHOWN = 20  # filings of one lookup


class CompanyService:
    """Answers companies. What it tells is public; what it is shown is not kept unless that is asked for."""

    def __init__(
        self,
        *,
        database: Database,
        files: FileStore,
        champion: Champion,
        search: SearchService,
        schedule: Schedule,
        limits: Limits,
    ) -> None:
        self._database, self._files, self._champion = database, files, champion
        self._search, self._schedule, self._limits = search, schedule, limits

    def look_up(self, *, number: str | None, mark: str | None, holder: str | None) -> PublicPage:
        """Public recordations by number or words."""
        filters = Filters(number=plain_identifier(number) if number else None)
        page = self._search.find(filters, words=mark, holder=holder, cursor=None, limit=SHOWN)
        return PublicPage(items=self._public([item.id for item in page.items]))

    def check(self, data: bytes) -> str:
        """A CSV with the filing status of each of its rows. Raises BadCheckList."""
        return checked(data, self._look)

    def review(self, asked: ReviewIn, uploads: Sequence[Upload]) -> ReviewOut:
        """The recorded marks that pictures of goods or labels look like. Raises BadImage."""
        data = [upload.read(self._limits.max_bytes) for upload in uploads]
        images = [
            decode(item, limits=self._limits, field=upload.field) for item, upload in zip(data, uploads, strict=True)
        ]
        models, now = self._champion(), self._schedule.clock()
        models.live.refresh()
        seen = combine([models.photo.inspect(image, now.timestamp()) for image in images])
        with self._database.read() as session:
            known = recorded(session, {item.mark.mark_id for item in seen.suspicions}, self._schedule.law)
            rows = searching.rows(session, sorted({one.id for one in known.values()}))
            filings = {row.id: public(row, self._schedule) for row in rows}
        answer = ReviewOut(
            id=new_id("review") if asked.keep else None,
            look_alikes=look_alikes(seen.suspicions, known, filings, asked, now),
            reviewed_at=datetime.now(UTC),
        )
        if answer.id is not None:
            self._keep(answer.id, asked, answer, data)
        return answer

    def kept(self, review_id: str) -> ReviewOut:
        """A review that was kept. Raises UnknownReview."""
        with self._database.read() as session:
            row = repository.find(session, review_id)
            if row is None:
                raise UnknownReview(f"no review {review_id!r} is kept", field="review_id")
            return ReviewOut.model_validate(row.answer)

    def _keep(self, review_id: str, asked: ReviewIn, answer: ReviewOut, data: Sequence[bytes]) -> None:
        self._files.put_all(data)
        names = [hashlib.sha256(item).hexdigest() for item in data]
        with self._database.write() as session:
            repository.add(session, review_id, asked.model_dump(mode="json"), answer.model_dump(mode="json"), names)

    def _look(self, wanted: dict[str, str]) -> list[PublicFiling]:
        return self.look_up(number=wanted.get("number"), mark=wanted.get("mark"), holder=wanted.get("holder")).items

    def _public(self, recordation_ids: Sequence[str]) -> list[PublicFiling]:
        with self._database.read() as session:
            rows = searching.rows(session, recordation_ids)
            return [public(row, self._schedule) for row in rows if row.status in PUBLIC]
