"""What is tried, in the order of the report. Each docstring is what the report says; each check stands alone."""

import hashlib
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from service.agent.conformance.asking import Asking, Unexpected, check, expect, header, problem
from service.agent.conformance.drawing import bomb, truncated
from service.agent.spool import moment

Check = Callable[[Asking], str | None]  # returns what it noticed besides, if anything
GIB = 2**30
BURST = 40  # posts at once


def no_key(ask: Asking) -> None:
    """Without a key nothing is taken (401)."""
    problem(ask.post([ask.image()], key=False), 401)


def wrong_key(ask: Asking) -> None:
    """A wrong key opens nothing (401), and the answer does not repeat it."""
    answer = ask.post([ask.image()], key=False, headers={"Authorization": "Bearer twk_not-a-key"})
    problem(answer, 401)
    check("twk_not-a-key" not in answer.text, "the answer repeats the key")


def other_station(ask: Asking) -> None:
    """A key posts for its own station only (403)."""
    answer = ask.post([ask.image()], station="another-station-than-mine")
    if answer.status_code in {200, 201}:
        raise Unexpected("the key posts for any station: use one that belongs to this station")
    problem(answer, 403, field="station")


def other_rooms(ask: Asking) -> None:
    """A station's key opens neither alerts nor registry (403)."""
    for path in ("/v1/alerts", "/v1/registry/marks"):
        problem(ask.get(path), 403, 404)


def alive(ask: Asking) -> str | None:
    """/healthz answers; /readyz is ready, or says why not."""
    expect(ask.client.get("/healthz"), 200)
    ready = expect(ask.client.get("/readyz"), 200, 503)
    check("checks" in ready, "/readyz tells no checks")
    wrong = [f"{name}: {text}" for name, text in ready["checks"].items() if text != "ok"]
    return "; ".join(wrong) or None


def versions(ask: Asking) -> str:
    """Each answer says by which release, models and registry it was made; OpenAPI 3.1 describes them."""
    answer = ask.client.get("/healthz")
    named = [header(answer, name) for name in ("Tidewaiter-Version", "Tidewaiter-Models", "Tidewaiter-Registry")]
    document = expect(ask.client.get("/openapi.json"), 200)
    check(str(document.get("openapi", "")).startswith("3.1"), "/openapi.json is not OpenAPI 3.1")
    check("/v1/scans" in document.get("paths", {}), "/openapi.json does not describe /v1/scans")
    return f"release {named[0]}, models {named[1]}, registry revision {named[2]}"


def request_ids(ask: Asking) -> None:
    """A request's own id is answered, so that both sides can talk about it."""
    mine = f"conformance-{ask.run}"
    check(ask.client.get("/healthz", headers={"X-Request-ID": mine}).headers.get("x-request-id") == mine, "it is not")


def answered_in_time(ask: Asking) -> str:
    """`Prefer: wait=` is answered with 200 and an answer for the line: decision, who decided, until when."""
    began = time.monotonic()
    answer = ask.post([ask.image()], headers={"Prefer": "wait=25", **sent_now()}, answer_by=soon(25))
    scan = expect(answer, 200)
    check(header(answer, "Preference-Applied") == "wait=25", "Preference-Applied does not repeat the preference")
    given = scan.get("answer") or {}
    check(given.get("decision") in {"pass", "divert", "hold", "undecided"}, f"the answer is {given}")
    check(given.get("decided_by") in {"model", "rule"}, f"decided_by is {given.get('decided_by')!r}")
    check(given.get("late") is False, "the answer is said to be late")
    return f"{given['decision']} by {given['decided_by']} after {time.monotonic() - began:.2f} s"


def answered_later(ask: Asking) -> None:
    """`Prefer: wait=0` is answered with 202 and Location; the long poll there has the verdict."""
    answer = ask.post([ask.image()], headers={"Prefer": "wait=0"})
    scan = expect(answer, 202, 200)
    place = header(answer, "Location")
    for _ in range(6):
        told = ask.get(f"{place}/verdict", wait=20)
        verdict = expect(told, 200, 202)
        if told.status_code == 200:
            break
        check("Retry-After" in told.headers, "202 without Retry-After")
    check(verdict.get("decision") is not None, "there is no verdict after two minutes")
    check(verdict.get("scan") == scan["id"], "the verdict is of another scan")
    check(expect(ask.get(place), 200)["id"] == scan["id"], "Location leads to another scan")


def late(ask: Asking) -> str:
    """A scan whose time is over is answered by the station's policy, marked late, and taken all the same."""
    scan = expect(ask.post([ask.image()], headers={"Prefer": "wait=10", **sent_now()}, answer_by=soon(-60)), 200)
    given = scan["answer"]
    check(given["decided_by"] == "timeout", f"decided_by is {given['decided_by']!r}")
    check(given["late"] is True, "it is not marked late")
    check(given["decision"] in {"pass", "divert"}, f"the policy decided {given['decision']!r}")
    return f"the policy says {given['decision']}"


def wrong_clock(ask: Asking) -> None:
    """A station whose clock is an hour slow has as much time as others, if it says what its clock shows."""
    slow = time.time() - 3600
    headers = {"Prefer": "wait=25", "Tidewaiter-Sent-At": moment(slow)}
    scan = expect(ask.post([ask.image()], headers=headers, answer_by=moment(slow + 25)), 200)
    check(scan["answer"]["decided_by"] != "timeout", "it was timed out")


def replayed(ask: Asking) -> None:
    """The same post under the same Idempotency-Key is answered as the first was, and says that it is a replay."""
    parcel, image, headers = ask.parcel(), ask.image(), {"Idempotency-Key": f"conf-{ask.run}-replay"}
    first = expect(ask.post([image], parcel=parcel, headers=headers), 200, 201)
    again = ask.post([image], parcel=parcel, headers=headers)
    check(expect(again, 200)["id"] == first["id"], "another scan was stored")
    check(header(again, "Idempotency-Replayed") == "true", "Idempotency-Replayed is not true")


def key_reused(ask: Asking) -> None:
    """Another post under a used Idempotency-Key is refused (422)."""
    headers = {"Idempotency-Key": f"conf-{ask.run}-reuse"}
    expect(ask.post([ask.image()], headers=headers), 200, 201)
    problem(ask.post([ask.image()], headers=headers), 422, field="Idempotency-Key")


def at_once(ask: Asking) -> str:
    """The same post eight times at once stores one scan; who comes while it goes on is told 409 and Retry-After."""
    parcel, image, headers = ask.parcel(), ask.image(), {"Idempotency-Key": f"conf-{ask.run}-at-once"}
    with ThreadPoolExecutor(8) as together:
        answers = list(together.map(lambda _: ask.post([image], parcel=parcel, headers=headers), range(8)))
    statuses = [answer.status_code for answer in answers]
    check(set(statuses) <= {200, 201, 409, 429, 503}, f"statuses {statuses}")
    ids = {answer.json()["id"] for answer in answers if answer.status_code in {200, 201}}
    check(len(ids) == 1, f"{len(ids)} scans were stored")
    for answer in answers:
        if answer.status_code == 409:
            header(answer, "Retry-After")
    return ", ".join(f"{status} x {statuses.count(status)}" for status in sorted(set(statuses)))


def same_images(ask: Asking) -> None:
    """Without a key, the same station, parcel and images are one scan; a device's image ids tell equal images apart."""
    parcel, image = ask.parcel(), ask.image()
    first, again = (expect(ask.post([image], parcel=parcel), 200, 201)["id"] for _ in range(2))
    check(first == again, "the same images are two scans")
    ids = [expect(ask.post([image], parcel=parcel, images=[{"image_id": name}]), 200, 201)["id"] for name in "ab"]
    check(len({first, *ids}) == 3, "two image ids are one scan")


def bad_images(ask: Asking) -> None:
    """What is no image, is broken off, empty, or far too large is refused, and the view is named."""
    for data in (b"", b"<html>no image</html>", truncated(), bomb()):
        document = problem(ask.post([ask.image(), data]), 413, 415, 422)
        check(document.get("field") == "views[1]", f"views[1] is not named but {document.get('field')!r}")


def too_much(ask: Asking) -> None:
    """A body beyond the limit is refused when it is announced (413); so are too many views."""
    status, _ = ask.announce(64 * GIB)
    check(status == 413, f"413 was expected, {status} came")
    problem(ask.post([ask.image()] * 70), 400, 413, 422)


def bad_metadata(ask: Asking) -> None:
    """Unknown fields, moments without an offset and numbers that are mistyped are refused, and named."""
    problem(ask.post([ask.image()], colour="red"), 422, field="metadata.colour")
    problem(ask.post([ask.image()], captured_at="2026-03-02T09:00:00"), 422, field="metadata.captured_at")
    mistyped = {"reference": {"type": "s10", "value": "RX123456780NL"}}
    problem(ask.post([ask.image()], declaration=mistyped), 422)


def false_hash(ask: Asking) -> None:
    """An image that is not the one whose sha256 the station tells is refused; the right one is taken."""
    image = ask.image()
    problem(ask.post([image], images=[{"sha256": "0" * 64}]), 422, field="metadata.images[0].sha256")
    expect(ask.post([image], images=[{"sha256": hashlib.sha256(image).hexdigest()}]), 200, 201)


def unknown_scan(ask: Asking) -> None:
    """A scan that is not there, or not this station's, is not found (404)."""
    problem(ask.get("/v1/scans/scan_nowhere"), 404)
    problem(ask.get("/v1/scans/scan_nowhere/verdict"), 404)


def original(ask: Asking) -> None:
    """An image comes back byte for byte as it was sent."""
    image = ask.image()
    view = expect(ask.post([image]), 200, 201)["views"][0]
    check(view["sha256"] == hashlib.sha256(image).hexdigest(), "its sha256 is another")
    check(ask.get(view["url"]).content == image, "its bytes are others")


def precheck(ask: Asking) -> None:
    """A parcel that nothing is known of is `undecided` by its barcode: it has to be scanned."""
    asked = {"station": ask.station, "parcel": ask.parcel()}
    told = expect(ask.client.post("/v1/scans:precheck", json=asked, headers=ask.auth), 200)
    check(told.get("decision") == "undecided", f"it is {told.get('decision')!r}")


def heartbeat(ask: Asking) -> str:
    """A heartbeat is answered with the station's terms and what its clock is wrong."""
    said = {"sent_at": moment(time.time()), "agent": "conformance", "waiting": 0}
    answer = ask.client.post(f"/v1/stations/{ask.station}/heartbeat", json=said, headers=ask.auth)
    told = expect(answer, 200)
    policy = told["policy"]["default"]
    check(policy in {"fail_open", "fail_closed"}, f"the policy is {policy!r}")
    return f"{policy}; the clock is {told['clock_skew_ms']} ms off"


def burst(ask: Asking) -> str:
    """Of many posts at once each is taken and stays, or is told when to try again (429, 503) and how full it is."""
    jobs = [(ask.parcel(), ask.image()) for _ in range(BURST)]
    headers = {"Prefer": "wait=0"}
    with ThreadPoolExecutor(BURST) as together:
        answers = list(together.map(lambda job: ask.post([job[1]], parcel=job[0], headers=headers, lane="bulk"), jobs))
    taken = [answer for answer in answers if answer.status_code in {200, 201, 202}]
    for answer in answers:
        if answer not in taken:
            document = problem(answer, 429, 503)
            header(answer, "Retry-After")
            check({"waiting", "room"} <= set(document), "the queue's fill is not told")
    for answer in taken:
        expect(ask.get(f"/v1/scans/{answer.json()['id']}"), 200)
    return f"{len(taken)} taken, {len(answers) - len(taken)} told to try again"


def sent_now() -> dict[str, str]:
    """What the station's clock shows."""
    return {"Tidewaiter-Sent-At": moment(time.time())}


def soon(seconds: float) -> str:
    """A moment so many seconds from now."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


GROUPS: dict[str, tuple[Check, ...]] = {
    "Keys": (no_key, wrong_key, other_station, other_rooms),
    "Health and versions": (alive, versions, request_ids),
    "Answers": (answered_in_time, answered_later, late, wrong_clock, precheck),
    "Posting again": (replayed, key_reused, at_once, same_images),
    "Limits": (bad_images, too_much, bad_metadata, false_hash, unknown_scan),
    "Evidence": (original,),
    "Life of a station": (heartbeat, burst),
}
