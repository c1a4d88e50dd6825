"""Registries in and out: all or nothing, the same when they come back, and never lost half way; on both databases."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.bootstrap import bootstrap
from service.exchange.schemas import ImportOptions
from tests.databases import KINDS, fresh_url
from tests.fakes import load_fake
from tests.integration.service.harness import Service, assert_problem, running, settings_in, wait_for
from tests.integration.service.pictures import mark, photograph, png

HEADING = "number,jurisdiction,status,decided_on,holder,mark_id,title,nice_classes,registration_no,pictures"
OPTIONS = {"officer": "r.egistrar"}


@pytest.fixture(params=KINDS)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """A service with an empty registry on each kind of database."""
    with running(settings_in(tmp_path, database_url=fresh_url(request.param, tmp_path))) as started:
        yield started


def row(n: int, **changes: str) -> str:
    cells = {
        "number": f"T-{n:04}",
        "jurisdiction": "CN",
        "status": "approved",
        "decided_on": "2026-03-02",
        "holder": f"Holder {n}",
        "mark_id": f"m{n}",
        "title": f"Title {n}",
        "nice_classes": "11; 25",
        "registration_no": f"900{n}",
        "pictures": f"{n}.png",
    } | changes
    return ",".join(cells.values())


def table(*rows: str) -> bytes:
    return "\n".join([HEADING, *rows]).encode()


def pictures(*seeds: int, **files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for seed in seeds:
            archive.writestr(f"{seed}.png", png(mark(seed)))
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def imported(service: Service, *files: bytes, name: str = "registry.csv", **options: Any) -> dict[str, Any]:
    """Import files and wait for what becomes of it."""
    parts = [("file", (name if n == 0 else "pictures.zip", data)) for n, data in enumerate(files)]
    answer = service.client.post("/v1/registry/imports", data={"metadata": json.dumps(OPTIONS | options)}, files=parts)
    assert answer.status_code == 202, answer.text
    return finished(service, answer.headers["location"])


def finished(service: Service, address: str) -> dict[str, Any]:
    job: dict[str, Any] = {}

    def ended() -> bool:
        job.update(service.client.get(address).json())
        return job["state"] in ("done", "refused", "failed")

    wait_for(ended)
    return job


def exported(service: Service, kind: str) -> bytes:
    answer = service.client.post("/v1/registry/exports", json=OPTIONS | {"format": kind})
    job = finished(service, answer.headers["location"])
    assert job["state"] == "done", job
    return service.client.get(job["file"]).content


def rejected(service: Service, job: dict[str, Any]) -> list[list[str]]:
    return list(csv.reader(io.StringIO(service.client.get(job["rejected"]).text)))[1:]


def registry_of(service: Service) -> dict[str, int]:
    stored = service.stored()
    return {name: stored[name] for name in ("marks", "mark_pictures")}


def test_what_is_imported_is_recorded_embedded_and_found_on_parcels(service: Service) -> None:
    job = imported(service, table(row(1), row(2)), pictures(1, 2))
    assert job["state"] == "done", job
    assert job["counts"] | {"embedding": 0} == {
        "read": 2, "rejected": 0, "duplicates": 0, "added": 2, "changed": 0, "unchanged": 0, "embedding": 0
    }  # fmt: skip
    wait_for(lambda: service.parts.backlog.waiting() == 0)
    verdict = service.scan([photograph(2)]).json()["verdict"]
    assert [item["recordation"]["number"] for item in verdict["suspicions"]] == ["T-0002"]
    found = service.client.get("/v1/registry/recordations", params={"q": "holder 2"}).json()["items"]
    history = service.client.get(f"/v1/registry/recordations/{found[0]['id']}/history").json()["items"]
    assert [(one["action"], one["officer"]) for one in history] == [("imported", "r.egistrar")]


def test_a_dry_run_says_what_would_happen_and_does_nothing(service: Service) -> None:
    imported(service, table(row(1), row(2)), pictures(1, 2))
    before = service.stored()
    changed = row(2, title="Another title")
    job = imported(service, table(row(1), changed, row(3)), pictures(1, 2, 3), dry_run=True)
    assert (job["state"], job["dry_run"], job["applied"]) == ("done", True, 0)
    assert {k: job["counts"][k] for k in ("added", "changed", "unchanged")} == {
        "added": 1,
        "changed": 1,
        "unchanged": 1,
    }
    after = service.stored()
    assert after | {"picture_vectors": 0} == before | {"picture_vectors": 0}
    done = imported(service, table(row(1), changed, row(3)), pictures(1, 2, 3))
    assert done["counts"]["changed"] == 1
    found = service.client.get("/v1/registry/recordations", params={"number": "T-0002"}).json()["items"]
    assert found[0]["marks"] == ["Another title"]


def report(service: Service, job: dict[str, Any], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(service.client.get(job[name]).text)))


def test_a_dry_run_tells_field_by_field_what_would_change(service: Service) -> None:
    imported(service, table(row(1), row(2)), pictures(1, 2))
    changed = row(2, title="=Another", nice_classes="11")
    job = imported(service, table(row(1), changed, row(3)), pictures(1, 2, 3), dry_run=True)
    told = report(service, job, "changes")
    assert [(one["place"], one["effect"], one["number"]) for one in told] == [
        ("line 3", "changed", "T-0002"),
        ("line 4", "added", "T-0003"),
    ]
    assert told[0]["marks"] == "'=Another"  # no formula
    assert told[0]["differences"] == 'goods[1].nice_class: 25 -> nothing; marks[0].title: "Title 2" -> "=Another"'
    assert told[1]["differences"] == ""
    same = imported(service, table(row(1), row(2)), pictures(1, 2), dry_run=True)
    assert (same["changes"], same["duplicates"], same["rejected"]) == (None, None, None)


def test_what_is_there_twice_is_reported_and_only_what_conflicts_is_refused(service: Service) -> None:
    imported(service, table(row(1)), pictures(1))
    rows = (
        row(2, pictures="1.png"),  # the picture of holder 1, recorded
        row(3),
        row(4, pictures="3.png"),  # the picture of holder 3, in this file
        row(5, holder="Holder 3", pictures="3.png"),  # its own
        row(6, registration_no="9001"),  # the registration of holder 1
        row(7, mark_id="m3"),
        row(8, registration_no="9003"),  # the registration of holder 3, in this file
    )
    job = imported(service, table(*rows), pictures(1, 3, 6, 7, 8), skip_bad=True)
    assert (job["state"], job["applied"], job["counts"]["rejected"], job["counts"]["duplicates"]) == ("done", 4, 3, 5)
    told = [tuple(one.values())[4:] for one in report(service, job, "duplicates")]
    assert told == [
        ("picture", "T-0001", "Holder 1", "added"),
        ("picture", "T-0003", "Holder 3", "added"),
        ("registration", "T-0001", "Holder 1", "rejected"),
        ("mark", "this file", "", "rejected"),
        ("registration", "this file", "", "rejected"),
    ]
    assert_problem(service.client.get(f"/v1/registry/imports/{job['id']}/secrets"), 422, "invalid-request", "report")


BAD = [
    (row(9, nice_classes="46"), "goods[0].nice_class"),
    (row(9, nice_classes="35"), "metadata.goods[0].nice_class"),
    (row(9, decided_on=""), "metadata.decided_on"),
    (row(9, decided_on="yesterday"), "decided_on"),
    (row(9, status="asleep"), "status"),
    (row(9, holder=""), "holder.name"),
    (row(9, pictures="9.png; none.png"), "pictures"),
    (row(9, pictures="broken.png"), "pictures"),
    (row(9, pictures="../../etc/passwd"), "pictures"),
    (row(9) + ",one more cell", ""),
    (row(1, mark_id="m9"), ""),
    (row(9, mark_id="m1"), ""),
]


@pytest.mark.parametrize(("bad", "field"), BAD)
def test_with_a_bad_row_nothing_is_imported_and_it_is_listed(service: Service, bad: str, field: str) -> None:
    files = table(row(1), bad), pictures(1, 9, **{"broken.png": png(mark(1))[:99]})
    before = registry_of(service)
    job = imported(service, *files)
    assert (job["state"], job["counts"]["rejected"], job["applied"]) == ("refused", 1, 0)
    assert registry_of(service) == before
    ((place, named, reason, text),) = rejected(service, job)
    assert (place, named) == ("line 3", field)
    assert reason
    assert text
    skipped = imported(service, *files, skip_bad=True)
    assert (skipped["state"], skipped["applied"]) == ("done", 1)
    assert registry_of(service)["marks"] == before["marks"] + 1


def test_the_same_registration_for_the_same_days_is_refused_even_for_another_holder(service: Service) -> None:
    imported(service, table(row(1)), pictures(1))
    job = imported(service, table(row(2, registration_no="9001")), pictures(2))
    assert (job["state"], job["counts"]["duplicates"]) == ("refused", 1)
    assert "T-0001 of Holder 1" in rejected(service, job)[0][2]


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_an_export_that_comes_back_is_the_same_export(service: Service, tmp_path: Path, kind: str) -> None:
    service.record("fox", 1)
    filing = {
        "officer": "r",
        "number": "=1+1",
        "status": "approved",
        "decided_on": "2026-03-02",
        "holder": {"name": '@Holder; "Söhne", 康', "country": "DE", "contacts": [{"name": "-7", "phone": "+49"}]},
        "goods": [{"nice_class": 11, "text": "lamps\nof all kinds"}],
        "authorised_users": [{"name": "'=A", "identifiers": [{"type": "eori", "value": "DE1"}], "role": "exporter"}],
        "marks": [
            {"mark_id": "a", "title": "'+A", "vienna": ["26.01"], "guide": {"genuine": ["\tseam"]}},
            {"mark_id": "b", "title": "B", "pictures": [{"file": "b.png", "purpose": "product"}]},
        ],
    }
    filing["marks"][0]["pictures"] = [{"file": "a.png"}]  # type: ignore[index]
    files = [("artwork", ("a.png", png(mark(2)))), ("artwork", ("b.png", png(mark(3))))]
    answer = service.client.post("/v1/registry/recordations", data={"metadata": json.dumps(filing)}, files=files)
    assert answer.status_code == 201, answer.text
    draft = {"officer": "r", "holder": {"name": "Later"}, "marks": [{"mark_id": "c", "title": "C"}]}
    assert service.client.post("/v1/registry/recordations", json=draft).status_code == 201
    first = exported(service, kind)
    assert len(zipfile.ZipFile(io.BytesIO(first)).namelist()) == 1 + 3
    with running(settings_in(tmp_path / "empty")) as other:
        job = imported(other, first, name="registry.zip")
        assert (job["state"], job["counts"]["added"]) == ("done", 3), job
        assert exported(other, kind) == first
        again = imported(other, first, name="registry.zip")
        assert {k: again["counts"][k] for k in ("added", "changed")} == {"added": 0, "changed": 0}


def test_no_cell_of_an_export_is_a_formula(service: Service) -> None:
    draft = {"officer": "r", "holder": {"name": "=cmd|' /C calc'!A0"}, "marks": [{"mark_id": "c", "title": "+1"}]}
    assert service.client.post("/v1/registry/recordations", json=draft).status_code == 201
    archive = zipfile.ZipFile(io.BytesIO(exported(service, "csv")))
    cells = [cell for line in csv.reader(io.StringIO(archive.read("registry.csv").decode())) for cell in line]
    assert "'+1" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_an_import_that_is_cut_off_goes_on_at_the_next_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.exchange.reading.BATCH", 2)
    (tmp_path / "registry.csv").write_bytes(table(*[row(n) for n in range(5)]))
    for n in range(5):
        (tmp_path / f"{n}.png").write_bytes(png(mark(n)))
    settings = settings_in(tmp_path / "var")
    parts = bootstrap(settings, loader=load_fake)

    def cut(what: str, done: int, _total: int | None) -> None:
        if (what, done) == ("entering", 2):
            raise KeyboardInterrupt

    options = ImportOptions.model_validate(OPTIONS)
    with pytest.raises(KeyboardInterrupt):
        parts.exchange.import_now(options, tmp_path / "registry.csv", None, cut)
    parts.close()
    with running(settings) as service:
        wait_for(lambda: service.stored()["marks"] == 5)
        wait_for(lambda: service.parts.backlog.waiting() == 0)
        assert service.scan([photograph(4)]).json()["verdict"]["decision"] == "divert"


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"", "registry.csv", "lacks column"),
        (b"colour\nred\n", "registry.csv", "has unknown column"),
        (b"PK\x03\x04broken", "registry.zip", "no zip"),
        (pictures(1), "registry.zip", "has 0 registries"),
        (b"\x00\x01\x02", "registry.bin", "none of the formats"),
        (b"number,holder\n\xff\xfe,x\n", "registry.csv", "not UTF-8"),
    ],
)
def test_a_file_that_is_none_fails_with_its_reason(service: Service, data: bytes, name: str, said: str) -> None:
    job = imported(service, data, name=name)
    assert job["state"] == "failed"
    assert said in job["message"]
    assert registry_of(service)["marks"] == 0


def test_an_unknown_job_is_said_to_be_unknown(service: Service) -> None:
    for address in ("/v1/registry/imports/x", "/v1/registry/exports/x", "/v1/registry/exports/x/file"):
        assert_problem(service.client.get(address), 404, "unknown-job", "job_id")
