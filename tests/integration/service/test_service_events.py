"""Other systems are told: once a transaction is over, until they have taken it, and nothing that did not happen."""

import json
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select
from standardwebhooks.webhooks import Webhook

from service.errors import BadSettings
from service.events import repository
from service.events.errors import ForbiddenAddress, UnknownDelivery, WrongEventsKey
from service.events.schemas import SubscriptionIn, SubscriptionOut
from service.events.sealing import Sealer
from service.events.sending import Letter, Webhooks
from service.events.types import TYPES, Type
from service.tables import DeliveryRow, SubscriptionRow
from tests.databases import KINDS, fresh_url
from tests.integration.service.harness import Service, assert_problem, key_of_station, running, settings_in, wait_for
from tests.integration.service.pictures import photograph

RAISED: Type = "org.tidewaiter.alert.raised"


class Receiver:
    """A system that is told; `answers` says how it takes what comes, the last one for ever."""

    def __init__(self) -> None:
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int | tuple[int, dict[str, str]]] = [204]
        self.delay = 0.0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
                time.sleep(receiver.delay)
                answer = receiver.answers.pop(0) if len(receiver.answers) > 1 else receiver.answers[0]
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for name, value in {"content-length": "0", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.came]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.server.shutdown()
    made.server.server_close()


def subscribed(service: Service, receiver: Receiver, *types: Type, **more: Any) -> SubscriptionOut:
    new = SubscriptionIn(url=receiver.url, types=list(types) or [RAISED], allow_private=True, **more)
    return service.parts.subscriptions.add(new, by="tests")


def deliveries(service: Service) -> list[DeliveryRow]:
    with service.parts.database.read() as session:
        return list(session.execute(select(DeliveryRow).order_by(DeliveryRow.id)).scalars())


@pytest.mark.parametrize("kind", KINDS)
def test_an_alert_is_told_once_with_a_signature_that_verifies(tmp_path: Path, receiver: Receiver, kind: str) -> None:
    with running(settings_in(tmp_path, database_url=fresh_url(kind, tmp_path))) as service:
        made = subscribed(service, receiver, *TYPES)
        service.record("fox", 1, "Fox Works")
        scan = service.scan([photograph(1)]).json()
        decided = {"officer": "lin", "action": "release"}
        service.client.post(f"/v1/alerts/{scan['alerts'][0]}/decisions", json=decided)
        wait_for(lambda: len(receiver.came) == 3 and {row.state for row in deliveries(service)} == {"done"})
        time.sleep(1.2)
    assert made.secret is not None
    events = {event["type"].removeprefix("org.tidewaiter."): event for event in receiver.events}
    assert set(events) == {"alert.raised", "alert.decided", "scan.answered"}
    assert len(receiver.came) == 3
    for headers, body in receiver.came:
        assert Webhook(made.secret).verify(body, headers) == json.loads(body)
        assert headers["content-type"] == "application/cloudevents+json"
    raised = events["alert.raised"]["data"]
    assert (raised["parcel"], raised["mark"]["holder"], raised["url"]) == (
        "P1",
        "Fox Works",
        f"/v1/alerts/{raised['alert']}",
    )
    assert (events["alert.decided"]["data"]["action"], events["alert.decided"]["data"]["by"]) == ("release", "lin")
    assert events["scan.answered"]["data"]["decision"] == "divert"


def test_nothing_is_told_of_what_did_not_happen(
    service: Service, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscribed(service, receiver)
    service.record("fox", 1)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("after the alert was raised")

    monkeypatch.setattr("service.alerts.injecting.Injector.perhaps", broken)
    assert service.scan([photograph(1)]).status_code == 500
    assert deliveries(service) == []


def test_offices_are_told_of_their_own(service: Service, receiver: Receiver) -> None:
    service.parts.accounts.add_office("harbour", "Harbour", by="tests")
    subscribed(service, receiver, office="harbour")
    service.record("fox", 1)
    assert len(service.scan([photograph(1)]).json()["alerts"]) == 1
    assert deliveries(service) == []


def test_a_receiver_that_fails_is_told_again_under_the_same_id(
    service: Service, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.events.schedule.DELAYS", (0, 0.2, 0.2, 0.2))
    receiver.answers = [500, (302, {"location": "http://127.0.0.1:1/"}), 200]
    subscribed(service, receiver)
    service.record("fox", 1)
    service.scan([photograph(1)])
    wait_for(lambda: [row.state for row in deliveries(service)] == ["done"])
    assert len(receiver.came) == 3
    assert len({headers["webhook-id"] for headers, _ in receiver.came}) == 1
    assert deliveries(service)[0].attempts == 3


def test_what_failed_for_good_is_kept_and_can_be_sent_once_more(
    service: Service, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("service.events.schedule.DELAYS", (0, 0.1))
    receiver.answers = [500]
    made = subscribed(service, receiver)
    service.record("fox", 1)
    service.scan([photograph(1)])
    wait_for(lambda: [row.state for row in deliveries(service)] == ["failed"])
    shown = service.client.get(f"/v1/subscriptions/{made.id}/deliveries?state=failed").json()["items"]
    assert (shown[0]["attempts"], shown[0]["last_status"]) == (2, 500)
    receiver.answers = [200]
    told = service.client.post(f"/v1/subscriptions/{made.id}/replays", json={"deliveries": [shown[0]["id"]]})
    assert told.json() == {"count": 1}
    wait_for(lambda: [row.state for row in deliveries(service)] == ["done"])
    since = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    again = service.client.post(f"/v1/subscriptions/{made.id}/replays", json={"since": since})
    assert again.json() == {"count": 1}
    wait_for(lambda: len(receiver.came) == 4)
    assert len({headers["webhook-id"] for headers, _ in receiver.came}) == 1
    with pytest.raises(UnknownDelivery):
        service.parts.subscriptions.replay(made.id, ids=["delivery_none"], by="tests")


def test_gone_means_never_again(service: Service, receiver: Receiver) -> None:
    receiver.answers = [410]
    made = subscribed(service, receiver)
    service.record("fox", 1)
    service.scan([photograph(1)])
    wait_for(lambda: service.parts.subscriptions.list()[0].closed_at is not None)
    service.scan([photograph(1, tint=5)], parcel="P2")
    assert len(deliveries(service)) == 1
    assert service.parts.subscriptions.list()[0].id == made.id


def test_who_asks_for_time_gets_it(service: Service, receiver: Receiver) -> None:
    receiver.answers = [(429, {"retry-after": "120"})]
    made = subscribed(service, receiver)
    service.record("fox", 1)
    service.scan([photograph(1)])
    wait_for(lambda: len(receiver.came) == 1 and deliveries(service)[0].last_status == 429)
    assert deliveries(service)[0].next_at > datetime.now(UTC) + timedelta(seconds=100)
    service.scan([photograph(1, tint=5)], parcel="P2")
    time.sleep(1.5)
    assert len(receiver.came) == 1  # nor is it told of anything else
    with service.parts.database.read() as session:
        row = repository.subscription(session, made.id)
        assert row is not None
        assert row.held_until is not None


def test_a_slow_receiver_holds_up_no_other(service: Service, receiver: Receiver) -> None:
    slow = Receiver()
    slow.delay = 8.0
    try:
        subscribed(service, slow, "org.tidewaiter.scan.answered")
        subscribed(service, receiver, "org.tidewaiter.scan.answered")
        for number in range(6):
            service.scan([photograph(number)], parcel=f"P{number}")
        wait_for(lambda: len(receiver.came) == 6, 7)
        assert len(slow.came) <= 2
    finally:
        slow.server.shutdown()
        slow.server.server_close()


def test_two_processes_do_not_both_tell(tmp_path: Path, receiver: Receiver) -> None:
    settings = settings_in(tmp_path, database_url=fresh_url("postgresql", tmp_path))
    receiver.delay = 0.3
    with running(settings) as one, running(settings.model_copy(update={"var_dir": tmp_path / "b"})):
        subscribed(one, receiver, "org.tidewaiter.scan.answered")
        for number in range(8):
            one.scan([photograph(number)], parcel=f"P{number}")
        wait_for(lambda: all(row.state == "done" for row in deliveries(one)))
        time.sleep(1.0)
    ids = [headers["webhook-id"] for headers, _ in receiver.came]
    assert (len(ids), len(set(ids))) == (8, 8)


def test_for_a_day_both_secrets_sign(service: Service, receiver: Receiver) -> None:
    made = subscribed(service, receiver, "org.tidewaiter.test")
    other = service.client.post(f"/v1/subscriptions/{made.id}/secrets").json()
    service.parts.subscriptions.test(made.id, by="tests")
    wait_for(lambda: len(receiver.came) == 1)
    headers, body = receiver.came[0]
    for secret in (made.secret, other["secret"]):
        assert secret is not None
        assert Webhook(secret).verify(body, headers)
    with service.parts.database.write() as session:
        row = session.get(SubscriptionRow, made.id)
        assert row is not None
        yesterday = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
        new, old = row.secrets["items"]
        row.secrets = {"items": [new, old | {"until": yesterday}]}
    service.parts.subscriptions.test(made.id, by="tests")
    wait_for(lambda: len(receiver.came) == 2)
    assert len(receiver.came[1][0]["webhook-signature"].split()) == 1


def test_private_addresses_are_told_only_where_that_is_allowed(service: Service, receiver: Receiver) -> None:
    new = SubscriptionIn(url=receiver.url, types=[RAISED])
    with pytest.raises(ForbiddenAddress):
        service.parts.subscriptions.add(new, by="tests")
    refused = service.client.post("/v1/subscriptions", json={"url": "https://169.254.169.254/", "types": [RAISED]})
    assert_problem(refused, 422, "forbidden-address", "url")
    made = subscribed(service, receiver, "org.tidewaiter.test")
    with service.parts.database.write() as session:  # it was allowed once, and is no longer
        row = session.get(SubscriptionRow, made.id)
        assert row is not None
        row.allow_private = False
    service.parts.subscriptions.test(made.id, by="tests")
    wait_for(lambda: any(row.last_error for row in deliveries(service)))
    assert "forbidden-address" in (deliveries(service)[0].last_error or "")
    assert receiver.came == []


def test_only_administrators_subscribe(service: Service) -> None:
    station = key_of_station(service.parts, "dock-3")
    assert service.client.get("/v1/subscriptions", headers=station).status_code == 403
    assert service.client.get("/v1/subscriptions").json() == {"items": []}


def test_secrets_are_sealed_at_rest_with_a_key(tmp_path: Path, receiver: Receiver) -> None:
    key = tmp_path / "key"
    key.write_bytes(Fernet.generate_key())
    with running(settings_in(tmp_path / "var", events_key=key)) as service:
        made = subscribed(service, receiver, "org.tidewaiter.test")
        with service.parts.database.read() as session:
            row = session.get(SubscriptionRow, made.id)
            assert row is not None
            stored = row.secrets["items"][0]["secret"]
        assert made.secret is not None
        assert made.secret not in stored
        service.parts.subscriptions.test(made.id, by="tests")
        wait_for(lambda: len(receiver.came) == 1)
        assert Webhook(made.secret).verify(receiver.came[0][1], receiver.came[0][0])
    key.write_bytes(Fernet.generate_key())
    for sealer in (Sealer(None), Sealer(key)):
        with pytest.raises(WrongEventsKey):
            sealer.unseal(stored)
    key.write_bytes(b"no key")
    with pytest.raises(BadSettings, match="TIDEWAITER_EVENTS_KEY"):
        Sealer(key)


@contextmanager
def broken_server(act: Callable[[Any], None]) -> Iterator[int]:
    """A TCP server that does what no web server does."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            act(self.request)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.mark.parametrize("said", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 99\r\n"])
def test_whatever_a_receiver_says_is_an_answer(said: bytes) -> None:
    with broken_server(lambda request: request.sendall(said)) as port:
        letter = Letter(
            event_id="event_1",
            type=RAISED,
            office="main",
            body=b"{}",
            url=f"http://127.0.0.1:{port}/",
            secrets=("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",),
            allow_private=True,
        )
        came = Webhooks().send(letter, datetime.now(UTC))
    assert came.status is None
    assert came.error
