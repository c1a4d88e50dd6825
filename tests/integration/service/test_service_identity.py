"""Who may do what: keys, sessions, lockout, forged forms, offices, roles. Nothing goes without an identity."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from service.audit import repository as audit
from service.errors import UnsafeAddress
from service.identity.accounts import NewAccount
from service.identity.errors import AccountTaken, LockedOut, NotSignedIn, UnknownOffice, WeakPassword, WrongPassword
from service.identity.roles import Role
from service.identity.service import PATIENCE
from service.settings import check_address
from service.tables import AccountRow, KeyRow, SessionRow
from tests.databases import KINDS, fresh_url
from tests.integration.service.harness import Service, assert_problem, running, settings_in
from tests.integration.service.pictures import photograph

PASSWORD = "low tide at seven"  # noqa: S105 - of accounts that live for one test
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Watch:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def on(self, **time: int) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def watch() -> Watch:
    """The time."""
    return Watch()


@pytest.fixture(params=KINDS)
def service(request: pytest.FixtureRequest, tmp_path: Path, watch: Watch) -> Iterator[Service]:
    """A service on each kind of database, at a time that tests choose."""
    settings = settings_in(tmp_path, database_url=fresh_url(request.param, tmp_path))
    with running(settings, clock=watch) as started:
        started.parts.accounts.add_office("harbour", "Harbour office", by="tests")
        yield started


def account(service: Service, name: str, *roles: Role, office: str | None = None, station: str | None = None) -> None:
    new = NewAccount(name=name, roles=roles, password=PASSWORD, office=office, station=station)
    service.parts.accounts.add(new, by="tests")


def keyed(service: Service, name: str, *, vouches: bool = False) -> httpx.Client:
    key = service.parts.accounts.add_key(name, label="tests", by="tests", vouches=vouches)[1]
    return httpx.Client(base_url=service.client.base_url, headers={"Authorization": f"Bearer {key}"}, timeout=30)


Browse = Callable[[str], tuple[httpx.Client, dict[str, str]]]


@pytest.fixture
def browser(service: Service) -> Iterator[Browse]:
    """Makes clients with a session, each with the header that its pages send."""
    with ExitStack() as opened:

        def sign_in(name: str) -> tuple[httpx.Client, dict[str, str]]:
            client = opened.enter_context(httpx.Client(base_url=service.client.base_url, timeout=30))
            form = {"name": name, "password": PASSWORD}
            answer = client.post("/console/sign-in", data=form, headers={"Accept": "application/json"})
            assert answer.status_code == 200, answer.text
            return client, {"X-CSRF-Token": answer.json()["csrf"]}

        yield sign_in


def actions(service: Service) -> list[tuple[str, str]]:
    with service.parts.database.read() as session:
        return [(one.entry.actor, one.entry.action) for one in audit.chain(session)]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/alerts"),
        ("GET", "/v1/scans/x"),
        ("POST", "/v1/scans"),
        ("GET", "/v1/registry/marks"),
        ("PUT", "/v1/registry/marks/x"),
        ("POST", "/v1/registry/imports"),
        ("GET", "/v1/registry/holders"),
        ("GET", "/v1/registry/recordations"),
        ("POST", "/v1/alerts/x/decisions"),
        ("POST", "/v1/alerts/x/replays"),
    ],
)
def test_nothing_goes_without_an_identity(service: Service, method: str, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer twk_wrong"}, {"Cookie": "tidewaiter=wrong"}):
        answer = httpx.request(method, f"{service.client.base_url}{path}", headers=headers)
        assert_problem(answer, 401, "not-signed-in", "session" if "Cookie" in headers else "Authorization")
        assert answer.headers["www-authenticate"] == "Bearer"


def test_what_anyone_may_ask_needs_none(service: Service) -> None:
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/v1/public/filings?mark=x"):
        assert httpx.get(f"{service.client.base_url}{path}").status_code == 200, path


def test_a_role_does_what_it_is_for_and_nothing_else(service: Service) -> None:
    service.record("m1", 1)
    (alert,) = service.scan([photograph(1)]).json()["alerts"]
    for name, role in (("an.auditor", Role.AUDITOR), ("a.registrar", Role.REGISTRAR), ("dock", Role.STATION)):
        account(service, name, role)
        with keyed(service, name) as client:
            body = {"action": "hold"}
            refused = client.post(f"/v1/alerts/{alert}/decisions", json=body)
            assert_problem(refused, 403, "not-allowed", "account")
            assert client.get("/v1/alerts").status_code == (200 if role == Role.AUDITOR else 403)
            assert client.get("/v1/registry/marks").status_code == (403 if role == Role.STATION else 200)
            assert client.delete("/v1/registry/marks/none").status_code == (404 if role == Role.REGISTRAR else 403)


def test_an_act_is_under_the_name_of_whoever_is_signed_in(service: Service) -> None:
    service.record("m1", 1)
    (alert,) = service.scan([photograph(1)]).json()["alerts"]
    account(service, "lin.wei", Role.OFFICER, Role.REGISTRAR)
    with keyed(service, "lin.wei") as client:
        named = client.post(f"/v1/alerts/{alert}/decisions", json={"action": "hold", "officer": "somebody.else"})
        assert_problem(named, 403, "not-your-name", "officer")
        holder = client.post("/v1/registry/holders", json={"name": "H", "officer": "somebody.else"})
        assert_problem(holder, 403, "not-your-name", "officer")
        decided = client.post(f"/v1/alerts/{alert}/decisions", json={"action": "hold"})
        assert decided.json()["decision"]["officer"] == "lin.wei"
    assert ("lin.wei", "hold") in actions(service)


def test_offices_are_not_there_for_each_other(service: Service) -> None:
    service.record("m1", 1)
    account(service, "dock", Role.STATION, office="harbour", station="dock-7")
    account(service, "inland", Role.OFFICER, office="main")
    account(service, "harbour", Role.OFFICER, office="harbour")
    with keyed(service, "dock") as station, keyed(service, "inland") as inland, keyed(service, "harbour") as harbour:
        foreign = station.post(
            "/v1/scans", params={"station": "dock-1", "parcel": "P"}, content=photograph(1), headers=JPEG
        )
        assert_problem(foreign, 403, "wrong-station", "station")
        scan = station.post(
            "/v1/scans", params={"station": "dock-7", "parcel": "P"}, content=photograph(1), headers=JPEG
        ).json()
        (alert,) = scan["alerts"]
        assert [item["id"] for item in harbour.get("/v1/alerts").json()["items"]] == [alert]
        assert inland.get("/v1/alerts").json()["items"] == []
        for path in (f"/v1/alerts/{alert}", f"/v1/scans/{scan['id']}", f"/v1/scans/{scan['id']}/views/0"):
            assert harbour.get(path).status_code == 200
            assert inland.get(path).status_code == 404, path
        for path in ("claims", "undo", "releases", "replays", "decisions", "seconds", "notes", "recusals"):
            body = {"decisions": {"action": "hold"}, "seconds": {"agrees": True}, "notes": {"note": "x"}}
            answer = inland.post(
                f"/v1/alerts/{alert}/{path}", json=body.get(path, {"reason": "x"} if path == "recusals" else {})
            )
            assert_problem(answer, 404, "unknown-alert", "alert_id")
        stolen = inland.post("/v1/scans", params={"station": "dock-7", "parcel": "Q"}, content=b"", headers=JPEG)
        assert stolen.status_code == 403


JPEG = {"Content-Type": "image/jpeg"}


def test_a_session_ends_when_unused_and_in_any_case(service: Service, watch: Watch, browser: Browse) -> None:
    account(service, "lin.wei", Role.OFFICER)
    client, _ = browser("lin.wei")
    for _ in range(3):
        watch.on(minutes=29)
        assert client.get("/v1/alerts").status_code == 200
    watch.on(minutes=30)
    assert_problem(client.get("/v1/alerts"), 401, "not-signed-in", "session")
    client, _ = browser("lin.wei")
    for _ in range(24):
        watch.on(minutes=29)
        client.get("/v1/alerts").raise_for_status()
    watch.on(minutes=25)  # 12 hours after the sign-in
    assert client.get("/v1/alerts").status_code == 401


def test_a_form_of_another_page_is_refused(service: Service, browser: Browse) -> None:
    service.record("m1", 1)
    (alert,) = service.scan([photograph(1)]).json()["alerts"]
    account(service, "lin.wei", Role.OFFICER)
    client, token = browser("lin.wei")
    path, body = f"/v1/alerts/{alert}/decisions", {"action": "hold"}
    for headers in ({}, {"X-CSRF-Token": "x" * 43}, {**token, "Sec-Fetch-Site": "cross-site"}):
        assert client.post(path, json=body, headers=headers).status_code == 403
    other, other_token = browser("lin.wei")
    assert_problem(client.post(path, json=body, headers=other_token), 403, "forged-form", "X-CSRF-Token")
    foreign = client.post(path, json=body, headers={**token, "Origin": "https://parcels.example"})
    assert_problem(foreign, 421, "foreign-host", "Origin")
    assert service.client.get(f"/v1/alerts/{alert}").json()["status"] == "open"
    assert client.post(path, json=body, headers=token).status_code == 200
    signing = {"name": "lin.wei", "password": PASSWORD}
    cross = other.post("/console/sign-in", data=signing, headers={"Sec-Fetch-Site": "cross-site"})
    assert cross.status_code == 403


def test_the_cookie_is_out_of_reach(service: Service) -> None:
    account(service, "lin.wei", Role.OFFICER)
    answer = httpx.post(f"{service.client.base_url}/console/sign-in", data={"name": "lin.wei", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert answer.status_code == 303
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    with service.parts.database.read() as session:
        kept = session.execute(select(SessionRow.token)).scalars().all()
    assert all(token not in cookie for token in kept)


@pytest.mark.parametrize(
    "target", ["https://evil.example", "//evil.example", "/console//evil", "/consolex", "/v1/alerts", "/console\\x", ""]
)
def test_nobody_is_sent_elsewhere_after_signing_in(service: Service, target: str) -> None:
    account(service, "lin.wei", Role.OFFICER)
    form = {"name": "lin.wei", "password": PASSWORD, "next": target}
    answer = httpx.post(f"{service.client.base_url}/console/sign-in", data=form)
    assert answer.headers["location"] == "/console"


def test_wrong_passwords_lock_for_longer_each_time(service: Service, watch: Watch) -> None:
    account(service, "lin.wei", Role.OFFICER)
    identity = service.parts.identity
    for _ in range(PATIENCE):
        with pytest.raises(WrongPassword):
            identity.sign_in("lin.wei", "wrong")
    with pytest.raises(LockedOut) as locked:
        identity.sign_in("lin.wei", PASSWORD)  # also with the right one, or guessing would go on
    assert locked.value.seconds == 60
    watch.on(seconds=60)
    with pytest.raises(WrongPassword):
        identity.sign_in("lin.wei", "wrong")
    with pytest.raises(LockedOut) as again:
        identity.sign_in("lin.wei", PASSWORD)
    assert again.value.seconds == 120
    watch.on(seconds=120)
    assert identity.sign_in("lin.wei", PASSWORD).principal.name == "lin.wei"
    with pytest.raises(WrongPassword):
        identity.sign_in("nobody.knows", PASSWORD)
    assert actions(service).count(("lin.wei", "locked_out")) == 2


def test_a_closed_account_is_out_at_once(service: Service, browser: Browse) -> None:
    account(service, "lin.wei", Role.OFFICER)
    client, _ = browser("lin.wei")
    with keyed(service, "lin.wei") as machine:
        assert client.get("/v1/alerts").status_code == machine.get("/v1/alerts").status_code == 200
        service.parts.accounts.set_active("lin.wei", False, by="tests")
        assert client.get("/v1/alerts").status_code == machine.get("/v1/alerts").status_code == 401
    with pytest.raises(WrongPassword):
        service.parts.identity.sign_in("lin.wei", PASSWORD)


def test_keys_expire_and_are_revoked(service: Service, watch: Watch) -> None:
    account(service, "dock", Role.OFFICER)
    accounts, identity = service.parts.accounts, service.parts.identity
    _, short = accounts.add_key("dock", label="one day", by="tests", lasts=timedelta(days=1))
    key_id, other = accounts.add_key("dock", label="for ever", by="tests")
    watch.on(days=1)
    with pytest.raises(NotSignedIn):
        identity.by_key(short)
    assert identity.by_key(other).name == "dock"
    accounts.revoke_key("dock", key_id, by="tests")
    with pytest.raises(NotSignedIn):
        identity.by_key(other)


def test_no_secret_is_kept_or_told(service: Service) -> None:
    account(service, "lin.wei", Role.OFFICER)
    _, key = service.parts.accounts.add_key("lin.wei", label="k", by="tests")
    token = service.parts.identity.sign_in("lin.wei", PASSWORD).token
    with service.parts.database.read() as session:
        rows = [*session.query(AccountRow), *session.query(KeyRow), *session.query(SessionRow)]
        stored = repr([{c.name: getattr(row, c.name) for c in row.__table__.columns} for row in rows])
        told = repr([one.entry for one in audit.chain(session)])
    for secret in (PASSWORD, key, token):
        assert secret not in stored
        assert secret not in told
    assert "$argon2id$" in stored


def test_bad_accounts_are_refused_with_the_reason(service: Service) -> None:
    accounts = service.parts.accounts
    for bad in ("short", "a" * 40, "xx lin.wei xx yy", "x" * 2000):
        with pytest.raises(WeakPassword):
            accounts.add(NewAccount(name="lin.wei", roles=[Role.OFFICER], password=bad), by="tests")
    with pytest.raises(UnknownOffice, match="nowhere"):
        accounts.add(NewAccount(name="lin.wei", roles=[Role.OFFICER], office="nowhere"), by="tests")
    account(service, "lin.wei", Role.OFFICER)
    with pytest.raises(AccountTaken):
        account(service, "lin.wei", Role.OFFICER)


def test_still_no_public_address() -> None:
    with pytest.raises(UnsafeAddress):
        check_address("0.0.0.0", None)  # noqa: S104
