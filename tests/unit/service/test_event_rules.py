"""What is told and how: signatures that others can verify, addresses that may be told, and when it is tried again."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from service.errors import InvalidRequest
from service.events.addresses import MQTT, check_url, target_of
from service.events.errors import BadAddress, ForbiddenAddress
from service.events.schedule import DELAYS, next_of
from service.events.sending import retry_after
from service.events.signing import headers_of, key_of, new_secret, signature
from service.events.types import LARGEST, TYPES, Event

NOW = datetime(2026, 3, 2, 9, 15, tzinfo=UTC)


def test_a_signature_is_as_standard_webhooks_has_it() -> None:
    # the example of the specification's reference implementations
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105
    body, event_id, at = b'{"test": 2432232314}', "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
    expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    assert signature(event_id, at, body, secret) == expected
    again = hmac.new(base64.b64decode(secret[6:]), b"%s.%d.%s" % (event_id.encode(), at, body), hashlib.sha256)
    assert expected == "v1," + base64.b64encode(again.digest()).decode()


def test_another_implementation_verifies_it_with_either_secret() -> None:
    old, new, other = new_secret(), new_secret(), new_secret()
    body = json.dumps({"a": "ü"}, ensure_ascii=False).encode()
    headers = headers_of("event_1", int(datetime.now(UTC).timestamp()), body, [new, old])
    for secret in (old, new):
        assert Webhook(secret).verify(body, headers) == {"a": "ü"}
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(body, headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(body + b" ", headers)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_!!!", "whsec_" + base64.b64encode(bytes(23)).decode(), "x"])
def test_what_is_no_secret_is_refused(secret: str) -> None:
    with pytest.raises(InvalidRequest):
        key_of(secret)
    assert len(key_of(new_secret())) == 32


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.8/",
        "https://169.254.169.254/latest/meta-data",
        "https://192.168.1.1/",
        "https://100.64.0.1/",
        "https://0.0.0.0/",
        "https://224.0.0.1/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::a00:1]/",
        "https://[2002:a00:1::]/",
        "https://[fe80::1]/",
        "https://[fd00::1]/",
        "mqtt://example.com/",
    ],
)
def test_addresses_of_the_own_network_are_refused(url: str) -> None:
    with pytest.raises(ForbiddenAddress):
        check_url(url, allow_private=False, schemes=("https", "http", "mqtt"))
    check_url(url, allow_private=True, schemes=("https", "http", "mqtt"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://a/",
        "https://",
        "https://user:word@a.example/",
        "https://a.example/#x",
        "https://a:99999/",
        "https://a:0/",
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(BadAddress):
        check_url(url, allow_private=True)


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    asked: list[str] = []

    def resolver(name: str, port: int) -> Sequence[str]:
        asked.append(f"{name}:{port}")
        return ["203.0.113.7"] if len(asked) > 1 else ["93.184.216.34"]  # rebinds at once

    target = target_of("https://hooks.example:8443/a?b=c", allow_private=False, resolver=resolver)
    assert (target.url, target.host, target.name) == (
        "https://93.184.216.34:8443/a?b=c",
        "hooks.example:8443",
        "hooks.example",
    )
    assert asked == ["hooks.example:8443"]


@pytest.mark.parametrize("addresses", [["10.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["fe80::1%eth0"]])
def test_a_name_that_leads_into_the_own_network_is_refused(addresses: list[str]) -> None:
    with pytest.raises(ForbiddenAddress):
        target_of("https://hooks.example/", allow_private=False, resolver=lambda *_: addresses)


@given(st.integers(1, 30), st.one_of(st.none(), st.integers(100, 599)), st.integers())
def test_what_follows_a_try(attempts: int, status: int | None, seed: int) -> None:
    follows = next_of(status, attempts, None, Random(seed))
    if status is not None and 200 <= status < 300:
        assert follows.what == "done"
    elif status == 410:
        assert follows.what == "gone"
    elif attempts >= len(DELAYS):
        assert follows.what == "failed"
    else:
        assert follows.what == "again"
        assert 0.9 * DELAYS[attempts] <= follows.after.total_seconds() <= 1.1 * DELAYS[attempts]
    assert bool(follows.pause) == (status in {429, 502, 503, 504})
    assert follows.pause.total_seconds() <= 300


@given(st.integers(1, 9), st.sampled_from([429, 502, 503, 504]), st.floats(0, 1e12), st.integers())
def test_an_answer_that_says_when_is_believed(attempts: int, status: int, said: float, seed: int) -> None:
    follows, wanted = next_of(status, attempts, said, Random(seed)), min(said, 6 * 3600)
    assert follows.pause.total_seconds() == pytest.approx(wanted, abs=1e-6)
    assert follows.after.total_seconds() >= max(wanted - 1e-6, 0.9 * DELAYS[attempts])


def test_tries_go_on_for_three_days() -> None:
    # the example of the specification: 75:35:05 since the start
    assert sum(DELAYS) == 75 * 3600 + 35 * 60 + 5
    assert len(DELAYS) == 10
    assert next_of(301, 1).what == "again"  # nobody is followed
    assert not next_of(500, 1, 600.0).pause


def test_retry_after_in_both_forms() -> None:
    assert retry_after("120", NOW) == 120.0
    assert retry_after("Mon, 02 Mar 2026 09:16:00 GMT", NOW) == 60.0
    assert retry_after("soon", NOW) is None
    assert retry_after(None, NOW) is None


def test_a_body_is_a_cloud_event_and_small() -> None:
    event = Event(id="event_1", type=TYPES[0], subject="alert_1", office="main", at=NOW, data={"parcel": "包裹"})
    document = json.loads(event.body())
    assert document["specversion"] == "1.0"
    assert {"id", "source", "type", "subject", "time", "datacontenttype", "data"} <= set(document)
    assert datetime.fromisoformat(document["time"]) == NOW
    with pytest.raises(ValueError, match="bytes"):
        Event(id="e", type=TYPES[0], subject="s", office="main", at=NOW, data={"x": "y" * LARGEST}).body()


def test_the_page_on_events_tells_all_types_and_how_to_verify_them() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "events.md").read_text(encoding="utf-8")
    for kind in TYPES:
        assert f"`{kind.removeprefix('org.tidewaiter.')}`" in page, kind
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    shown: dict[str, Any] = {}
    exec(code, shown)  # noqa: S102 - our own page
    secret, body = new_secret(), b'{"a": 1}'
    headers = headers_of("event_1", 1, body, [new_secret(), secret])
    assert shown["is_genuine"](secret, headers, body)
    assert not shown["is_genuine"](secret, headers, body + b" ")


@pytest.mark.parametrize(
    "url", ["https://ex ample/", "https://b\u00fccher.example/", "https://a.example/\n", "https://192.0.0.1/"]
)
def test_neither_is_what_no_request_line_can_carry_or_nobody_routes(url: str) -> None:
    with pytest.raises((BadAddress, ForbiddenAddress)):
        check_url(url, allow_private=False)


def test_what_is_not_encrypted_stays_in_the_own_network_also_where_that_is_allowed() -> None:
    public, private = (lambda *_: ["93.184.216.34"]), (lambda *_: ["10.0.0.7"])
    assert target_of("http://hooks.example/", allow_private=True, resolver=private).address == "10.0.0.7"
    with pytest.raises(ForbiddenAddress, match="not encrypted"):
        target_of("http://hooks.example/", allow_private=True, resolver=public)
    assert target_of("mqtts://b.example/p", allow_private=False, schemes=MQTT, resolver=public).port == 8883
    with pytest.raises(ForbiddenAddress):
        target_of("mqtts://b.example/p", allow_private=False, schemes=MQTT, resolver=private)
