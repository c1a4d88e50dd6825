"""Starting: settings, address, migrations, storage; and what the service says of itself."""

import json
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import structlog
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from inference.vocabulary import Mark
from service.cli.demo import free_port
from service.database import Database
from service.errors import BadSettings, UnsafeAddress
from service.logs import configure_logs
from service.registry import changes, history, repository
from service.settings import Settings, check_address, load_settings
from service.storage import FileStore
from service.tables import HolderRow, RecordationRow, Table
from tests.integration.service.harness import Service, assert_problem, running, settings_in
from tests.integration.service.pictures import photograph


def test_an_unknown_environment_variable_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDEWAITER_PROT", "1")
    with pytest.raises(BadSettings, match="TIDEWAITER_PROT"):
        load_settings()


def test_a_bad_value_is_named_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIDEWAITER_PORT", "hunter2")
    with pytest.raises(BadSettings, match="TIDEWAITER_PORT") as raised:
        load_settings()
    assert "hunter2" not in str(raised.value)
    monkeypatch.setenv("TIDEWAITER_PORT", "8641")
    assert load_settings().port == 8641


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org", "", "127.0.0.1.example.org", "::2"])  # noqa: S104
def test_other_than_loopback_addresses_are_refused(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnsafeAddress, match="TLS"):
        check_address(host, None)
    monkeypatch.setenv("TIDEWAITER_HOST", host)
    with pytest.raises(UnsafeAddress):
        load_settings()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.3.2.1", "::1", "localhost"])
def test_loopback_addresses_are_accepted(host: str) -> None:
    check_address(host, None)


def test_the_database_password_is_not_shown(tmp_path: Path) -> None:
    settings = Settings(var_dir=tmp_path, database_url="postgresql://u:hunter2@db/x")  # type: ignore[arg-type]
    assert "hunter2" not in repr(settings)
    assert "hunter2" in settings.url


def test_migrations_make_from_nothing_what_the_tables_say(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new' / 't.db'}")
    database.migrate()
    database.migrate()  # nothing to do the second time
    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []
        assert set(inspect(connection).get_table_names()) == {*Table.metadata.tables, "alembic_version"}
        assert connection.execute(text("SELECT value FROM registry_revision")).all() == [(0,)]
        pragmas = [connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in ("journal_mode", "synchronous")]
        assert pragmas == ["wal", 2]
        assert connection.execute(text("PRAGMA foreign_keys")).scalar_one() == 1
    database.close()


def test_what_an_older_release_recorded_is_artwork_and_stays(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 't.db'}")
    database.migrate("0001")
    picture, blob = "5f" * 32, b"\x00\x00\x80?"
    with database.engine.begin() as connection:
        connection.execute(text("INSERT INTO marks VALUES ('fox', 'Fox', 'Fox plc', 1, 0, '2026-03-02 09:15:00')"))
        named = {"picture": picture, "embedder": "fa" * 32, "data": blob}
        connection.execute(text("INSERT INTO mark_pictures VALUES ('fox', 0, :picture, 'fox.png', 9)"), named)
        connection.execute(text("INSERT INTO picture_vectors VALUES (:picture, :embedder, 1, :data)"), named)
    database.migrate()
    with database.read() as session:
        row = repository.held(session, "fox")
        assert row is not None
        assert repository.pictures_of(row) == (repository.Picture(sha256=picture, name="fox.png", size=9),)
        assert (row.live, row.recordation.status, row.recordation.holder.name) == (True, "approved", "Fox plc")
        ((change,),) = changes.changes_after(session, 0)
        assert change.pictures == ((picture, "artwork"),)
        (noted,) = history.changes_of(session, "recordation", row.recordation_id)
        assert noted.after["marks"][0]["pictures"][0]["sha256"] == picture
        vectors = repository.vectors(session, "fa" * 32, [(picture, "artwork"), (picture, "photo")])
        assert {key: rows.tolist() for key, rows in vectors.items()} == {(picture, "artwork"): [[1.0]]}
    with database.write() as session:
        repository.add_vectors(session, "fa" * 32, {(picture, "photo"): np.ones((1, 1), np.float32)})
        assert repository.embedded(session, "fa" * 32) == {(picture, "artwork"), (picture, "photo")}
        repository.forget_orphans(session, [(picture, "artwork"), (picture, "photo")])  # no mark has the photograph
        assert repository.embedded(session, "fa" * 32) == {(picture, "artwork")}
    database.close()


def test_going_back_forgets_the_photographs_and_keeps_the_artwork(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 't.db'}")
    database.migrate()
    pictures = tuple(repository.Picture(sha256="5f" * 32, name="a", size=1, kind=kind) for kind in ("artwork", "photo"))
    with database.write() as session:
        entry = repository.Entry(
            mark=Mark(mark_id="fox", title="Fox", holder="Fox plc"), pictures=pictures, validity=repository.Validity()
        )
        repository.put(session, entry, recorded(session).id, 1)
        repository.add_vectors(session, "fa" * 32, {one.key: np.ones((1, 1), np.float32) for one in pictures})
    database.migrate("0001", back=True)
    with database.engine.connect() as connection:
        for table in ("mark_pictures", "picture_vectors"):
            assert "kind" not in {column["name"] for column in inspect(connection).get_columns(table)}
        assert connection.execute(text("SELECT mark_id, position FROM mark_pictures")).all() == [("fox", 0)]
        assert connection.execute(text("SELECT sha256, embedder FROM picture_vectors")).all() == [
            ("5f" * 32, "fa" * 32)
        ]
    database.migrate()
    with database.read() as session:
        assert repository.embedded(session, "fa" * 32) == {("5f" * 32, "artwork")}
    database.close()


def recorded(session: Session) -> RecordationRow:
    """A recordation without marks."""
    now = datetime.now(UTC)
    stamps: dict[str, Any] = {"version": 1, "created_at": now, "updated_at": now, "document": {}}
    row = RecordationRow(
        id="r", jurisdiction="CN", profile="cn-2024", right_type="trademark", status="approved", revision=1, **stamps
    )
    row.holder = HolderRow(id="h", name="Fox plc", country="", **stamps)
    session.add(row)
    session.flush()
    return row


def test_a_failed_transaction_leaves_nothing(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 't.db'}")
    database.migrate()

    def fail_after_writing() -> None:
        with database.write() as session:
            session.execute(text("UPDATE registry_revision SET value = 7"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_after_writing()
    with database.read() as session:
        assert session.execute(text("SELECT value FROM registry_revision")).scalar_one() == 0
    database.close()


def test_files_are_kept_by_content(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    names = store.put_all([b"one", b"two", b"one"])
    assert names[0] == names[2] != names[1]
    assert store.get(names[1]) == b"two"
    assert sum(path.is_file() for path in tmp_path.rglob("*")) == 2
    with pytest.raises(ValueError, match="64 hex"):
        store.get("../../etc/passwd")
    with pytest.raises(FileNotFoundError):
        store.get("0" * 64)


def test_ready_says_what_is_wrong(tmp_path: Path) -> None:
    with running(settings_in(tmp_path)) as service:
        fine = {"models": "ok", "database": "ok", "disk": "ok", "files": "ok", "queue": "ok"}
        assert service.client.get("/readyz").json()["checks"] == fine
        service.parts.inspector.models.clear()
        body = assert_problem(service.client.get("/readyz"), 503, "not-ready", None)
        assert body["checks"] == fine | {"models": "none loaded"}
        assert service.client.get("/healthz").status_code == 200


def test_metrics_count_what_happened(service: Service) -> None:
    service.record("fox", 1)
    service.scan([photograph(1)])
    service.client.get("/v1/scans/none")
    text_ = service.client.get("/metrics").text
    for line in (
        "tidewaiter_gallery_marks 1.0",
        "tidewaiter_alerts_total 1.0",
        'tidewaiter_scans_total{decision="divert"} 1.0',
        'tidewaiter_requests_total{method="POST",route="/v1/scans",status="201"} 1.0',
        'tidewaiter_requests_total{method="GET",route="/v1/scans/{scan_id}",status="404"} 1.0',
        'tidewaiter_step_seconds_count{step="embed"} 1.0',
    ):
        assert line in text_.splitlines()


def test_request_ids_are_kept_if_they_are_harmless(service: Service) -> None:
    get = service.client.get
    assert get("/healthz", headers={"X-Request-ID": "abc-1"}).headers["x-request-id"] == "abc-1"
    for bad in ("a b", "x" * 65, '{"a":1}'):
        assert get("/healthz", headers={"X-Request-ID": bad}).headers["x-request-id"].startswith("req_")


def test_openapi_has_an_example_for_each_operation(service: Service) -> None:
    document = service.client.get("/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    operations = [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    assert len(operations) == 90
    schemas = document["components"]["schemas"]
    for method, path, operation in operations:
        assert operation["summary"], (method, path)
        good = next(answer for code, answer in operation["responses"].items() if code.startswith("2"))
        for content in good.get("content", {}).values():
            name = content.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
            shown = content.get("example") or schemas.get(name, {}).get("examples")
            assert shown, (method, path)


def test_a_taken_port_is_left_alone() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        other = free_port(Settings(port=port))
    assert other not in {0, port}


def test_logs_are_json_without_locals(capfd: pytest.CaptureFixture[str]) -> None:
    secret = "hunter2"  # noqa: S105 - what must not be logged
    configure_logs()
    try:
        try:
            raise ValueError("no")
        except ValueError:
            structlog.get_logger().exception("failed")
    finally:
        structlog.reset_defaults()
    said = capfd.readouterr().err
    assert json.loads(said)["event"] == "failed"
    assert secret not in said
