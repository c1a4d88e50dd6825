"""Signing in by an identity provider: OpenID Connect Core 1.0, authorization code with PKCE (RFC 7636, S256).

The provider is the one that is set; nothing else is fetched. Its answers are bounded, follow no redirect, and an ID
token counts only with a signature of an allowed algorithm by a key of the provider, this issuer, this client, and the
nonce of this very attempt (RFC 9700).
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import delete

from service.clock import Clock
from service.database import Database
from service.errors import BadSettings
from service.identity import repository
from service.identity.errors import NotSignedIn, ProviderAway
from service.identity.service import digest
from service.settings import Settings, is_loopback
from service.tables import OidcAttemptRow

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
ATTEMPT = timedelta(minutes=10)
SECONDS = 10.0
LARGEST = 256 * 1024  # bytes of an answer
LEEWAY = 60  # seconds that clocks may differ
CALLBACK = "/console/oidc/callback"


@dataclass(frozen=True, kw_only=True)
class Begun:
    """An attempt to sign in: where the browser goes, and what it must bring back."""

    url: str
    state: str


class OidcService:
    """Signs in by the provider of the settings, if there is one."""

    def __init__(self, *, database: Database, settings: Settings, clock: Clock) -> None:
        """Raises BadSettings if the provider cannot be used as it is set."""
        self._database, self._clock = database, clock
        self._issuer, self._client = settings.oidc_issuer, settings.oidc_client_id
        self._secret, self._public = settings.oidc_client_secret, settings.public_url
        if self._issuer is not None:
            _check(self._issuer, "TIDEWAITER_OIDC_ISSUER")
            if not self._client or not self._public:
                raise BadSettings("oidc_issuer needs oidc_client_id and public_url", field="TIDEWAITER_OIDC_ISSUER")

    @property
    def offered(self) -> bool:
        """Whether there is a provider."""
        return self._issuer is not None

    def begin(self, target: str) -> Begun:
        """Begin an attempt that ends on the page `target`. Raises ProviderAway."""
        known = self._discovered()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        now = self._clock()
        with self._database.write() as session:
            session.execute(delete(OidcAttemptRow).where(OidcAttemptRow.expires_at <= now))
            attempt = OidcAttemptRow(
                state=digest(state), nonce=nonce, verifier=verifier, target=target, expires_at=now + ATTEMPT
            )
            session.add(attempt)
        asked = {
            "response_type": "code",
            "client_id": self._client,
            "redirect_uri": self._redirect,
            "scope": "openid profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge(verifier),
            "code_challenge_method": "S256",
        }
        return Begun(url=f"{known['authorization_endpoint']}?{urlencode(asked)}", state=state)

    def finish(self, code: str, state: str) -> tuple[str, str]:
        """The name of the account that the provider vouches for, and the page it wanted.

        Raises NotSignedIn for an attempt that is unknown, over or used, and for an account that is; ProviderAway.
        """
        now = self._clock()
        with self._database.write() as session:  # whoever brings a state uses it up, right or wrong
            attempt = session.get(OidcAttemptRow, digest(state))
            if attempt is None or attempt.expires_at <= now:
                raise NotSignedIn("this attempt to sign in is over; begin again", field="state")
            session.delete(attempt)
        claims = self._claims(self._token(code, attempt.verifier), attempt.nonce)
        subject = f"{self._issuer} {claims['sub']}"
        with self._database.read() as session:
            row = repository.by_subject(session, subject)
        if row is None or not row.active:
            raise NotSignedIn("the provider knows you, but there is no account for you here", field="subject")
        return row.name, attempt.target

    @property
    def _redirect(self) -> str:
        return f"{(self._public or '').rstrip('/')}{CALLBACK}"

    def _discovered(self) -> Mapping[str, Any]:
        known = _fetched(f"{(self._issuer or '').rstrip('/')}/.well-known/openid-configuration")
        if known.get("issuer") != self._issuer:
            raise ProviderAway("it calls itself by another name", field="issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            _check(str(known.get(name)), name, ProviderAway)
        return known

    def _token(self, code: str, verifier: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect,
            "client_id": self._client,
            "code_verifier": verifier,
        }
        if self._secret is not None:
            form["client_secret"] = self._secret.get_secret_value()
        answer = _fetched(self._discovered()["token_endpoint"], form)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise ProviderAway("it gave no ID token", field="token_endpoint")
        return token

    def _claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        keys = _fetched(self._discovered()["jwks_uri"])
        rules = jwt.JWTClaimsRegistry(
            now=lambda: int(self._clock().timestamp()),
            leeway=LEEWAY,
            iss={"essential": True, "value": str(self._issuer)},
            aud={"essential": True, "value": str(self._client)},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            read = jwt.decode(token, KeySet.import_key_set(keys), algorithms=ALGORITHMS)  # type: ignore[arg-type]
            rules.validate(read.claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise NotSignedIn(
                f"the provider's token does not hold: {type(error).__name__}", field="id_token"
            ) from error
        if read.claims.get("azp", self._client) != self._client:
            raise NotSignedIn("the provider's token is for another client", field="id_token")
        return read.claims


def challenge(verifier: str) -> str:
    """The S256 code challenge (RFC 7636, 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _check(url: str, field: str, wrong: type[BadSettings] | type[ProviderAway] = BadSettings) -> None:
    """Only TLS, but for a provider on this machine."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise wrong(f"{url!r} is no https address", field=field)


def _fetched(url: str, form: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A JSON object from the provider. Raises ProviderAway."""
    try:
        with httpx.Client(timeout=SECONDS, follow_redirects=False) as client:
            method = "GET" if form is None else "POST"
            with client.stream(method, url, data=form, headers={"Accept": "application/json"}) as answer:
                data = b""
                for part in answer.iter_bytes():
                    data += part
                    if len(data) > LARGEST:
                        raise ProviderAway(f"more than {LARGEST} bytes", field=url)
                if not answer.is_success:
                    raise ProviderAway(f"it answered {answer.status_code}", field=url)
                found = httpx.Response(200, content=data).json()
    except (httpx.HTTPError, ValueError) as error:
        raise ProviderAway(type(error).__name__, field=url) from error
    if not isinstance(found, dict):
        raise ProviderAway("it answered no JSON object", field=url)
    return found
