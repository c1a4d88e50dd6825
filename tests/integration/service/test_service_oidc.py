"""Signing in by an identity provider: code and PKCE, and everything a forger could try with it."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, Request, Response
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from service.errors import BadSettings
from service.identity.accounts import NewAccount
from service.identity.roles import Role
from tests.integration.service.harness import Service, running, settings_in, wait_for

CLIENT = "tidewaiter-at-dock"
SECRET = "provider secret"  # noqa: S105 - of a provider that lives for one test
PUBLIC = "http://localhost:8640"


class Provider:
    """An identity provider. Tests change what it says."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}, private=True)
        self.signing: Any = self.key
        self.header: dict[str, Any] = {"alg": "RS256", "kid": "one"}
        self.claims: dict[str, Any] = {}  # over the usual ones
        self.subject = "lin"
        self.asked: dict[str, str] = {}  # by the browser
        self.token_requests: list[dict[str, str]] = []
        self.issuer = ""
        self.called: str | None = None

    def sign(self, claims: dict[str, Any]) -> str:
        """The ID token; with the public key as an HMAC secret by hand, no library does that."""
        if isinstance(self.signing, bytes):
            parts = [json.dumps(part).encode() for part in (self.header, claims)]
            text = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
            mac = hmac.digest(self.signing, text, "sha256")
            return (text + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()
        return jwt.encode(self.header, claims, self.signing, algorithms=[self.header["alg"]])

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/.well-known/openid-configuration")
        def known() -> dict[str, Any]:
            at = self.issuer
            return {
                "issuer": self.called or at,
                "authorization_endpoint": f"{at}/authorize",
                "token_endpoint": f"{at}/token",
                "jwks_uri": f"{at}/keys",
            }

        @app.get("/keys")
        def keys() -> dict[str, Any]:
            return {"keys": [self.key.as_dict(private=False)]}

        @app.post("/token")
        async def token(request: Request) -> Response:
            form = {name: str(value) for name, value in (await request.form()).items()}
            self.token_requests.append(form)
            verified = base64.urlsafe_b64encode(hashlib.sha256(form["code_verifier"].encode()).digest())
            fits = verified.rstrip(b"=").decode() == self.asked["code_challenge"] and form["client_secret"] == SECRET
            if not fits or form["code"] != "good" or form["redirect_uri"] != self.asked["redirect_uri"]:
                return Response('{"error": "invalid_grant"}', 400)
            now = int(time.time())
            claims = {
                "iss": self.issuer,
                "aud": CLIENT,
                "sub": self.subject,
                "nonce": self.asked["nonce"],
                "iat": now,
                "exp": now + 60,
                **self.claims,
            }
            given = {name: value for name, value in claims.items() if value is not None}
            made = self.sign(given)
            return Response(f'{{"id_token": "{made}"}}', media_type="application/json")

        return app


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_for(lambda: server.started)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A provider on a real socket."""
    made = Provider()
    with served(made.app()) as address:
        made.issuer = address
        yield made


@pytest.fixture
def service(provider: Provider, tmp_path: Path) -> Iterator[Service]:
    """A service that trusts it, and an account it knows."""
    settings = settings_in(
        tmp_path, oidc_issuer=provider.issuer, oidc_client_id=CLIENT, oidc_client_secret=SECRET, public_url=PUBLIC
    )
    with running(settings) as started:
        new = NewAccount(name="lin.wei", roles=[Role.OFFICER], subject=f"{provider.issuer} lin")
        started.parts.accounts.add(new, by="tests")
        yield started


@pytest.fixture
def browser(service: Service) -> Iterator[httpx.Client]:
    """A browser that follows no redirect by itself."""
    with httpx.Client(base_url=service.client.base_url) as client:
        yield client


def begun(browser: httpx.Client, provider: Provider, target: str = "/console/me") -> dict[str, str]:
    """Begin at the service; what the browser is sent to the provider with."""
    answer = browser.get("/console/oidc/begin", params={"next": target})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{provider.issuer}/authorize?")
    provider.asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}
    return provider.asked


def back(browser: httpx.Client, **params: str) -> httpx.Response:
    return browser.get("/console/oidc/callback", params=params)


def test_an_officer_comes_in_by_the_provider(service: Service, provider: Provider, browser: httpx.Client) -> None:
    asked = begun(browser, provider)
    assert asked["response_type"] == "code"
    assert asked["code_challenge_method"] == "S256"
    assert asked["redirect_uri"] == f"{PUBLIC}/console/oidc/callback"
    answer = back(browser, code="good", state=asked["state"])
    assert answer.status_code == 200
    assert 'url=/console/me"' in answer.text  # our own page goes on, so that the strict cookie comes along
    assert "lin.wei" in browser.get("/console/me").text
    (request,) = provider.token_requests
    assert request["grant_type"] == "authorization_code"


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another-client"},
        {"iss": "https://evil.example"},
        {"exp": 1_000_000},
        {"exp": None},
        {"sub": None},
        {"azp": "another-client"},
    ],
)
def test_a_token_that_is_not_for_this_very_attempt_counts_for_nothing(
    service: Service, provider: Provider, browser: httpx.Client, claims: dict[str, Any]
) -> None:
    provider.claims = claims
    asked = begun(browser, provider)
    assert back(browser, code="good", state=asked["state"]).status_code == 401
    assert browser.get("/v1/alerts").status_code == 401


@pytest.mark.parametrize("forgery", ["none", "hmac", "other key"])
def test_a_token_that_the_provider_did_not_sign_counts_for_nothing(
    service: Service, provider: Provider, browser: httpx.Client, forgery: str
) -> None:
    if forgery == "hmac":  # with the public key as the secret, the classic
        provider.signing = provider.key.as_pem(private=False)
        provider.header = {"alg": "HS256", "kid": "one"}
    elif forgery == "other key":
        provider.signing = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
    else:
        provider.signing, provider.header = OctKey.import_key("x" * 32), {"alg": "none"}
    asked = begun(browser, provider)
    answer = back(browser, code="good", state=asked["state"])
    assert answer.status_code in (401, 502)
    assert browser.get("/v1/alerts").status_code == 401


def test_an_attempt_counts_once_and_for_the_browser_that_began_it(
    service: Service, provider: Provider, browser: httpx.Client
) -> None:
    asked = begun(browser, provider)
    with httpx.Client(base_url=service.client.base_url) as victim:  # who is made to open the attacker's link
        assert back(victim, code="good", state=asked["state"]).status_code == 401
    assert back(browser, code="good", state="x" * 43).status_code == 401
    assert back(browser, code="good", state=asked["state"]).status_code == 200
    browser.cookies.set("tidewaiter-oidc", asked["state"], path="/console/oidc")
    assert back(browser, code="good", state=asked["state"]).status_code == 401


def test_whoever_has_no_account_stays_out(service: Service, provider: Provider, browser: httpx.Client) -> None:
    provider.subject = "somebody.else"
    asked = begun(browser, provider)
    answer = back(browser, code="good", state=asked["state"])
    assert answer.status_code == 401
    assert "no account for you here" in answer.text
    service.parts.accounts.set_active("lin.wei", False, by="tests")
    provider.subject = "lin"
    asked = begun(browser, provider)
    assert back(browser, code="good", state=asked["state"]).status_code == 401


def test_what_the_provider_refuses_is_said(service: Service, provider: Provider, browser: httpx.Client) -> None:
    asked = begun(browser, provider)
    answer = back(browser, error="access_denied", state=asked["state"])
    assert answer.status_code == 401
    assert "access_denied" in answer.text
    asked = begun(browser, provider)
    assert back(browser, code="bad", state=asked["state"]).status_code == 502
    provider.called = "https://evil.example"
    assert browser.get("/console/oidc/begin").status_code == 502


def test_nobody_is_sent_elsewhere(service: Service, provider: Provider, browser: httpx.Client) -> None:
    asked = begun(browser, provider, "https://evil.example/console")
    assert 'url=/console"' in back(browser, code="good", state=asked["state"]).text


def test_the_sign_in_page_offers_it(service: Service, browser: httpx.Client) -> None:
    assert "/console/oidc/begin" in browser.get("/console/sign-in").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"oidc_issuer": "http://idp.example", "oidc_client_id": "c", "public_url": PUBLIC},
        {"oidc_issuer": "https://idp.example", "public_url": PUBLIC},
        {"oidc_issuer": "https://idp.example", "oidc_client_id": "c"},
    ],
)
def test_a_provider_that_cannot_be_used_refuses_to_start(tmp_path: Path, wrong: dict[str, str]) -> None:
    with pytest.raises(BadSettings), running(settings_in(tmp_path, **wrong)):
        pass
