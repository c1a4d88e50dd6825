"""/v1/stations: how the stations are doing, and their heartbeats."""

from fastapi import APIRouter

from service.answers import problems
from service.identity.guard import PrincipalDep
from service.parts import PartsDep
from service.stations.schemas import Heartbeat, HeartbeatOut, StationsOut

router = APIRouter(prefix="/v1/stations", tags=["stations"])


@router.get("", summary="How the stations are doing")
def list_stations(parts: PartsDep, who: PrincipalDep) -> StationsOut:
    """The stations of one's office by name, each with its terms and its last heartbeat."""
    return StationsOut(items=parts.stations.list(who.office, who.station))


@router.post("/{station}/heartbeat", summary="Say how a station is doing", responses=problems(422))
def beat(station: str, said: Heartbeat, parts: PartsDep, who: PrincipalDep) -> HeartbeatOut:
    """Every half minute; the answer has the station's terms, which go for it also while the service is away."""
    return parts.stations.beat(station, said, who)
