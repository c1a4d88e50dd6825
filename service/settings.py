"""Settings from the environment (prefix TIDEWAITER_); an unknown one is an error, an unsafe one refuses to start."""

import ipaddress
import os
from pathlib import Path

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.errors import BadSettings, UnsafeAddress

PREFIX = "TIDEWAITER_"
PACKAGE_ROOT = Path(__file__).resolve().parent.parent  # the clone, or site-packages in an installed wheel


def cores() -> int:
    """Processor cores that this process may use."""
    return min(64, len(os.sched_getaffinity(0)))


class Settings(BaseSettings):
    """All that can be set. Read once by the command line and handed on; nothing reads the environment later."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    var_dir: Path = Field(default=Path("var"), description="Folder for the database, files and caches.")
    models_dir: Path = Field(default=PACKAGE_ROOT / "models", description="Folder of model bundles.")
    database_url: SecretStr | None = Field(default=None, description="SQLAlchemy URL; SQLite in var_dir if unset.")
    host: str = Field(default="127.0.0.1", description="Loopback address to listen on.")
    port: int = Field(default=8640, ge=0, le=65535, description="TCP port; 0 lets the system choose.")
    jurisdiction: str = Field(default="CN", pattern=r"^[A-Z]{2}$", description="Whose recordations are filed here.")
    law_dir: Path | None = Field(default=None, description="Folder of own calendars and profiles, over the shipped.")
    review_rules: Path | None = Field(default=None, description="Own rules of review, instead of the shipped.")
    retraining_rules: Path | None = Field(
        default=None, description="Own rules of when models are retrained, instead of the shipped."
    )
    label_rules: Path | None = Field(
        default=None, description="Own rules of what is learnt from, instead of the shipped."
    )
    sampling_rules: Path | None = Field(
        default=None, description="Own rules of what officers are asked about, instead of the shipped."
    )
    rollout_rules: Path | None = Field(default=None, description="Own rules of roll-out, instead of the shipped.")
    gates: Path | None = Field(default=None, description="Own gates of retraining, instead of the shipped.")
    model_signing_key: Path | None = Field(
        default=None, description="Key that signs what is trained here; made in var_dir if unset."
    )
    model_keys: str | None = Field(
        default=None, description="Public keys that may also vouch for models, with commas between."
    )
    lettering_font: Path | None = Field(default=None, description="Font for word marks filed without a picture.")
    threshold: float | None = Field(default=None, ge=0, le=1, description="Overrides the models' alert threshold.")
    workers: int = Field(
        default_factory=cores, ge=1, le=64, description="Scans inspected at the same time; one for each core."
    )
    threads: int = Field(default=1, ge=1, le=64, description="Threads of one inspection.")
    queue: int = Field(default=16, ge=0, le=1024, description="Scans that may wait for a worker.")
    head_seconds: float = Field(default=5.0, gt=0, le=300, description="In which a request's head must have come.")
    body_bytes_a_second: float = Field(default=1024, ge=0, description="At which a body must come, after that.")
    connections: int = Field(default=2048, ge=1, le=1_000_000, description="Open connections of all clients.")
    connections_an_address: int | None = Field(
        default=None, ge=0, description="Open connections of one address; 0: any number. 256, or any behind a proxy."
    )
    max_views: int = Field(default=8, ge=1, le=64, description="Photographs in one scan, or pictures of one mark.")
    max_body_bytes: int = Field(default=64 * 2**20, ge=1024, description="Largest request body.")
    max_import_bytes: int = Field(default=2 * 2**30, ge=1024, description="Largest request body of an import.")
    max_image_bytes: int = Field(default=32 * 2**20, ge=1, description="Largest image file.")
    max_image_pixels: int = Field(default=50_000_000, ge=1, description="Most pixels in one image.")
    max_image_side: int = Field(default=16_384, ge=1, description="Longest side of an image, in pixels.")
    questions_a_minute: int = Field(default=60, ge=1, description="Public lookups of one address.")
    reviews_a_minute: int = Field(default=10, ge=1, description="Public reviews and lists of one address.")
    public_url: str | None = Field(
        default=None, pattern=r"^https?://[^/?#]+/?$", description="Where browsers reach the service, through TLS."
    )
    oidc_issuer: str | None = Field(default=None, description="Identity provider that signs people in.")
    oidc_client_id: str | None = Field(default=None, description="Who we are to it.")
    oidc_client_secret: SecretStr | None = Field(default=None, description="Our secret there, if it wants one.")
    audit_heads_dir: Path | None = Field(default=None, description="Folder elsewhere for the audit's signed heads.")
    audit_key: Path | None = Field(default=None, description="Key that signs them, as `audit key` makes it.")
    audit_head_minutes: int = Field(default=10, ge=1, le=1440, description="How often a head is kept.")
    events_key: Path | None = Field(default=None, description="Fernet key that seals the webhooks' secrets at rest.")
    mqtt_credentials: Path | None = Field(
        default=None, description="File with the broker's user and password, a line each."
    )
    archive_days: int = Field(default=1095, ge=1, description="Vectors of detections are kept for rescreening so long.")
    statistics_days: int = Field(default=120, ge=61, description="Figures of single views are kept so long.")
    session_idle_minutes: int = Field(default=30, ge=1, description="A session ends when unused for so long.")
    session_hours: int = Field(default=12, ge=1, le=24, description="A session ends after so long in any case.")
    sign_ins_a_minute: int = Field(default=20, ge=1, description="Tries to sign in of one address.")
    min_free_bytes: int = Field(default=200 * 2**20, ge=0, description="Free disk space below which not ready.")

    @property
    def url(self) -> str:
        """The database's SQLAlchemy URL. May hold a password: never log it."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.var_dir.resolve() / 'tidewaiter.db'}"


def load_settings() -> Settings:
    """Settings from the environment. Raises BadSettings naming the variable, UnsafeAddress for a public host."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    given = {name for name in os.environ if name.upper().startswith(PREFIX)}
    unknown = sorted(name for name in given if name.upper() not in known)
    if unknown:
        raise BadSettings(f"unknown environment variable {', '.join(unknown)}", field=unknown[0])
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors()[0]  # its input is left out of the message: it may be a secret
        name = PREFIX + "_".join(str(part) for part in first["loc"]).upper()
        raise BadSettings(f"{name}: {first['msg']}", field=name) from error
    check_address(settings.host, settings.public_url)
    return settings


def check_address(host: str, public_url: str | None) -> None:
    """Raise UnsafeAddress for an address that others reach, unless they reach it through TLS (`public_url`)."""
    if not is_loopback(host) and not (public_url or "").startswith("https://"):
        raise UnsafeAddress(
            f"refusing to listen on {host!r}: passwords would be read without TLS in front of it",
            field="host",
            limit="127.0.0.0/8, ::1 or localhost, or TIDEWAITER_PUBLIC_URL=https://…",
        )


def is_loopback(host: str) -> bool:
    """True for `localhost`, 127.0.0.0/8 and ::1 (also in brackets); False for all other names and addresses."""
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        return address == ipaddress.IPv6Address("::1")
    return address.is_loopback
