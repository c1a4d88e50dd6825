"""The console for more than one alert: bulk decisions, tests that are mixed in, the supervisor's page."""

from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Browser, expect

from service.alerts.rules import SHIPPED
from service.identity.service import CONFIRMED
from service.scans.schemas import ScanMetadata
from service.stations.policy import Terms
from service.tables import AlertRow, SessionRow
from service.uploads import whole_body
from tests.acceptance.browsing import PASSWORD, Console, decisions, shown
from tests.integration.service.harness import key_of_station, running, settings_in
from tests.integration.service.pictures import photograph


def test_many_are_decided_together_after_a_sample_was_looked_at(console: Console) -> None:
    alerts = console.alerts(1, 2, 3, 4)
    with console.signed_in("lin.wei") as page:
        page.check("#pick-all")
        page.select_option("#bulk [name=action]", "not_a_logo")
        page.click("#bulk-go")
        expect(page.locator("main h1")).to_contain_text("Not a logo")
        links = page.locator("section a[target=_blank]").all()
        assert len(links) == 3
        for link in links:
            with page.context.expect_page() as opened:
                link.click()
            shown(opened.value)
            opened.value.close()
        page.click("text=I have looked")
        page.select_option("[name=reason_code]", "texture")
        page.click("text=Decide 4")
        expect(page.locator("main h1")).to_contain_text("what became of them")
        expect(page.locator("tbody tr")).to_have_count(4)
        expect(page.locator("tbody")).to_contain_text("decided")
    assert {decisions(console, alert)[0] for alert in alerts} == {("lin.wei", "not_a_logo", "standing")}


def test_a_bulk_decision_wants_a_recent_password(console: Console) -> None:
    console.alerts(1)
    with console.signed_in("lin.wei") as page:
        with console.service.parts.database.write() as session:
            for row in session.query(SessionRow):
                row.confirmed_at -= CONFIRMED
        page.check("#pick-all")
        page.click("#bulk-go")
        with page.context.expect_page() as opened:
            page.click("section a[target=_blank]")
        shown(opened.value)
        opened.value.close()
        page.click("text=I have looked")
        page.click("text=Decide 1")
        expect(page.locator("#confirm")).to_be_visible()
        page.fill("#confirm [name=password]", PASSWORD)
        page.press("#confirm [name=password]", "Enter")
        expect(page.locator("main h1")).to_contain_text("what became of them")


def test_a_test_parcel_is_told_after_the_decision(browser: Browser, tmp_path: Path) -> None:
    rules = tmp_path / "rules.toml"
    rules.write_text(
        SHIPPED.read_text(encoding="utf-8").replace("test_rate = 0.0", "test_rate = 1.0"), encoding="utf-8"
    )
    with running(settings_in(tmp_path, review_rules=rules)) as service:
        console = Console(service, browser)
        console.officer("lin.wei")
        service.record("mark1", 1)
        seen = service.parts.scans.look(ScanMetadata(station="s", parcel="T"), [whole_body(photograph(1, tint=9))])
        service.parts.test_library.add(seen.views, seen.verdict, "confirmed")
        real = console.alerts(1)
        with service.parts.database.read() as session:
            (test,) = (row.id for row in session.query(AlertRow) if row.id not in real)
        with console.signed_in("lin.wei") as page:
            page.goto(f"/console/alerts/{test}")
            shown(page, test)
            assert "test" not in page.inner_text("main").lower()
            page.keyboard.press("r")
            expect(page.locator("#toast")).to_contain_text("would have been let go")
            page.goto(f"/console/alerts/{test}")
            expect(page.locator(".test")).to_contain_text("in no case")
        assert console.complaints == []


def test_the_supervisor_sees_how_the_office_works(console: Console) -> None:
    (first, _) = console.alerts(1, 2)
    console.service.client.post(f"/v1/alerts/{first}/decisions", json={"action": "release"}).raise_for_status()
    with console.signed_in("maria.santos") as page:
        page.click("nav a:nth-child(3)")
        expect(page.locator("h1")).to_have_text("Supervision")
        expect(page.locator("svg .bar").last).to_be_attached()
        with page.expect_download() as download:
            page.click("text=As CSV")
        text = Path(download.value.path()).read_text(encoding="utf-8")
        assert "mark,mark1,0,1" in text
        page.click("text=What to improve")
        expect(page.locator("h1")).to_have_text("What to improve")
    with console.signed_in("lin.wei") as page:
        answer = page.goto("/console/supervisor")
        assert answer is not None
        assert answer.status == 403


def test_the_supervisor_sees_how_the_stations_are(console: Console) -> None:
    service = console.service
    service.parts.stations.set_up("dock-8", "main", Terms(), by="tests")
    said = {
        "sent_at": datetime.now(UTC).isoformat(),
        "agent": "tidewaiter-station/0.1.0",
        "waiting": 1234,
        "state": "warning",
        "last_image_at": "2026-03-02T09:15:00Z",
        "frames": {"frozen": 3},
        "worries": ["<b>the clock is 9.0 s fast</b>"],
    }
    headers = key_of_station(service.parts, "dock-9")
    service.client.post("/v1/stations/dock-9/heartbeat", json=said, headers=headers).raise_for_status()
    with console.signed_in("maria.santos") as page:
        page.goto("/console/supervisor")
        rows = page.locator(".stations tbody tr")
        expect(rows.nth(0)).to_contain_text("never said anything")
        for text in ("look at it", "1,234", "3 images like the one before", "<b>the clock is 9.0 s fast</b>"):
            expect(rows.nth(1)).to_contain_text(text)
        assert console.complaints == []


def test_formulas_in_names_are_no_formulas_in_the_file(console: Console) -> None:
    console.service.record("=HYPERLINK(evil)", 1)
    (alert,) = console.service.scan([photograph(1)], station="+1+cmd").json()["alerts"]
    console.service.client.post(f"/v1/alerts/{alert}/decisions", json={"action": "release"}).raise_for_status()
    text = console.service.client.get("/console/supervisor.csv").text
    assert "'=HYPERLINK(evil)" in text
    assert "'+1+cmd" in text


def test_numbers_of_one_station_alone(console: Console) -> None:
    for station in ("dock-1", "dock-2", "dock-2"):
        console.service.record("mark1", 1)
        parcel = f"P{len(console.service.client.get('/v1/alerts').json()['items'])}"
        (alert,) = console.service.scan([photograph(1)], station=station, parcel=parcel).json()["alerts"]
        body = {"action": "release", "reason_code": "personal_use"}
        console.service.client.post(f"/v1/alerts/{alert}/decisions", json=body).raise_for_status()
    with console.signed_in("maria.santos") as page:
        page.goto("/console/supervisor")
        page.click("text=dock-2")
        expect(page.locator(".head b")).to_contain_text("dock-2")
        expect(page.locator("figure", has_text="Where false alarms come from").locator("td").first).to_have_text("2")
