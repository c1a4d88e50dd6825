"""The question a sorter asks by barcode before there is an image: is anything known of this parcel?"""

from service.clock import Clock
from service.database import Database
from service.identity.errors import WrongStation
from service.scans.known import known_parcel
from service.scans.schemas import PrecheckIn, PrecheckOut, ToldReason
from service.scans.taking import Poster, office_for
from service.stations import repository as stations

NOTHING = ToldReason(code="nothing_known", text="Nothing is known of this parcel: scan it.")


class Precheck:
    """Answers by rule alone."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def ask(self, asked: PrecheckIn, poster: Poster) -> PrecheckOut:
        """What is known of a parcel; `undecided` if nothing is, for no parcel passes unseen. Raises WrongStation."""
        if poster.station not in (None, asked.station):
            raise WrongStation(f"{poster.station!r} asked for {asked.station!r}", field="station")
        with self._database.read() as session:
            assigned, terms = stations.place_of(session, asked.station)
            office = office_for(asked.station, assigned, poster.office)
            known = known_parcel(session, office, asked.parcel, self._clock())
        mode = None if asked.declaration is None else asked.declaration.mode
        return PrecheckOut(
            station=asked.station,
            parcel=asked.parcel,
            decision="undecided" if known is None else known.decision,
            decided_by="rule",
            reasons=[NOTHING if known is None else ToldReason(code=known.code, text=known.text)],
            answer_within_ms=terms.answer_within_ms,
            policy=terms.policy.of(mode),
        )
