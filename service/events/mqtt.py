"""Tells brokers: `mqtts://broker/prefix` gets each event at `prefix/<office>/<type>`, at least once (QoS 1)."""

import socket
import ssl
from datetime import datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from service.events.addresses import MQTT, Resolve, Target, resolve, target_of
from service.events.errors import MqttMissing
from service.events.sending import Came, Letter

SECONDS = 15.0


def client_module() -> ModuleType:
    """paho-mqtt. Raises MqttMissing."""
    try:
        import paho.mqtt.client as client  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise MqttMissing("paho-mqtt is not installed", field="url") from error
    return client


class Brokers:
    """Publishes events, with a connection for each: they are told little, and nothing is kept open that may break."""

    def __init__(self, credentials: Path | None, resolver: Resolve = resolve) -> None:
        """`credentials`: a file with a user's name and password, in two lines."""
        self._credentials, self._resolve = credentials, resolver

    def send(self, letter: Letter, now: datetime) -> Came:
        """Try once: done when the broker has acknowledged it."""
        try:
            target = target_of(letter.url, allow_private=letter.allow_private, schemes=MQTT, resolver=self._resolve)
            self._publish(letter, target)
        except Exception as error:  # the client raises whatever its sockets, TLS and broker do
            return Came(error=f"{type(error).__name__}: {error}"[:500])
        return Came(status=200)

    def _publish(self, letter: Letter, target: Target) -> None:
        client, parts = _client(target), urlsplit(letter.url)
        if parts.scheme == "mqtts":
            client.tls_set_context(ssl.create_default_context())
        if self._credentials is not None:
            name, _, word = self._credentials.read_text(encoding="utf-8").strip().partition("\n")
            client.username_pw_set(name.strip(), word.strip())
        refused: list[str] = []
        client.on_connect = lambda *told: refused.append(str(told[3])) if told[3].is_failure else None
        client.connect(target.name, target.port)
        client.loop_start()
        try:
            topic = "/".join((parts.path.strip("/") or "tidewaiter", letter.office, letter.type))
            sent = client.publish(topic, letter.body, qos=1)
            sent.wait_for_publish(SECONDS)
            if not sent.is_published():
                raise TimeoutError(f"not acknowledged within {SECONDS:g} s {' '.join(refused)}".strip())
            client.disconnect()
        finally:
            client.loop_stop()


def _client(target: Target) -> Any:
    """A client that connects to the address that was checked, and still wants the certificate of the name."""
    mqtt = client_module()

    class Pinned(mqtt.Client):  # type: ignore[name-defined, misc]
        def _create_socket_connection(self) -> socket.socket:  # paho resolves the name once more here
            return socket.create_connection((target.address, target.port), timeout=SECONDS)

    return Pinned(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
