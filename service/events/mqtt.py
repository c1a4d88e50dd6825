"""Tells brokers: `mqtts://broker/prefix` gets each event at `prefix/<office>/<type>`, at least once (QoS 1)."""

import ssl
from datetime import datetime
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

from service.events.addresses import check_url
from service.events.errors import MqttMissing
from service.events.sending import Came, Letter

PORTS = {"mqtt": 1883, "mqtts": 8883}
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

    def __init__(self, credentials: Path | None) -> None:
        """`credentials`: a file with a user's name and password, in two lines."""
        self._credentials = credentials

    def send(self, letter: Letter, now: datetime) -> Came:
        """Try once: done when the broker has acknowledged it."""
        try:
            check_url(letter.url, allow_private=letter.allow_private, schemes=("mqtts", "mqtt"))
            self._publish(letter)
        except Exception as error:  # the client raises whatever its sockets, TLS and broker do
            return Came(error=f"{type(error).__name__}: {error}"[:500])
        return Came(status=200)

    def _publish(self, letter: Letter) -> None:
        mqtt, parts = client_module(), urlsplit(letter.url)
        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv311)
        if parts.scheme == "mqtts":
            client.tls_set_context(ssl.create_default_context())
        if self._credentials is not None:
            name, _, word = self._credentials.read_text(encoding="utf-8").strip().partition("\n")
            client.username_pw_set(name.strip(), word.strip())
        client.connect_timeout = SECONDS
        refused: list[str] = []
        client.on_connect = lambda *told: refused.append(str(told[3])) if told[3].is_failure else None
        client.connect(parts.hostname, parts.port or PORTS[parts.scheme])
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
