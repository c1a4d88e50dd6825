"""Events over MQTT, at a real broker: acknowledged, at their topic, and not where they may not go."""

import asyncio
import json
import queue
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from amqtt.broker import Broker

from service.events.mqtt import Brokers
from service.events.schemas import SubscriptionIn
from service.events.sending import Letter
from tests.faults.processes import free_port
from tests.integration.service.harness import running, settings_in, wait_for
from tests.integration.service.pictures import photograph
from tests.integration.service.test_service_events import deliveries


@pytest.fixture
def broker() -> Iterator[int]:
    """A broker in a thread; its port."""
    port, loop, ready = free_port(), asyncio.new_event_loop(), threading.Event()
    config = {
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }

    def run() -> None:
        asyncio.set_event_loop(loop)
        made = Broker(config, loop)
        loop.run_until_complete(made.start())
        ready.set()
        loop.run_forever()
        loop.run_until_complete(made.shutdown())
        loop.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert ready.wait(20)
    yield port
    loop.call_soon_threadsafe(loop.stop)
    thread.join(20)


def listening(port: int, topic: str) -> "tuple[mqtt.Client, queue.Queue[mqtt.MQTTMessage]]":
    """Somebody who wants to know."""
    came: queue.Queue[mqtt.MQTTMessage] = queue.Queue()
    subscribed = threading.Event()
    client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
    client.on_message = lambda _client, _data, message: came.put(message)
    client.on_subscribe = lambda *_: subscribed.set()
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.subscribe(topic, qos=1)
    assert subscribed.wait(20)
    return client, came


def test_an_answer_is_published_where_the_belt_listens(tmp_path: Path, broker: int) -> None:
    client, came = listening(broker, "belt/#")
    try:
        with running(settings_in(tmp_path)) as service:
            url = f"mqtt://127.0.0.1:{broker}/belt"
            new = SubscriptionIn(url=url, types=["org.tidewaiter.scan.answered"], allow_private=True)
            made = service.parts.subscriptions.add(new, by="tests")
            assert (made.kind, made.secret) == ("mqtt", None)  # a broker knows us by our login
            service.scan([photograph(9)])
            message = came.get(timeout=20)
            wait_for(lambda: [row.state for row in deliveries(service)] == ["done"])
    finally:
        client.disconnect()
        client.loop_stop()
    assert message.topic == "belt/main/org.tidewaiter.scan.answered"
    assert (message.qos, json.loads(message.payload)["data"]["decision"]) == (1, "pass")


@pytest.mark.parametrize(
    ("url", "allow_private", "said"),
    [
        ("mqtt://127.0.0.1:9/belt", True, "refused"),
        ("mqtts://broker.example/belt", False, "not of the public internet"),
        ("mqtt://broker.example/belt", False, "not encrypted"),
    ],
)
def test_a_broker_that_cannot_or_may_not_be_told_is_an_answer(url: str, allow_private: bool, said: str) -> None:
    letter = Letter(
        event_id="event_1",
        type="org.tidewaiter.test",
        office="main",
        body=b"{}",
        url=url,
        secrets=(),
        allow_private=allow_private,
    )
    came = Brokers(None, resolver=lambda *_: ["127.0.0.1"]).send(letter, datetime.now(UTC))
    assert came.status is None
    assert said in (came.error or "")
