"""The console as officers use it, in a real Chromium: from signing in to the verified audit, in both languages."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from service.audit.service import AuditService
from service.console.catalogue import catalogue
from service.identity import repository as identity
from service.inspecting import load_models
from service.settings import PACKAGE_ROOT
from service.tables import DecisionRow
from tests.acceptance.browsing import PASSWORD, Console, decisions, shown
from tests.integration.service.harness import running, settings_in
from tests.integration.service.pictures import photograph

SAMPLES = PACKAGE_ROOT / "datasets" / "samples"


def end_sessions(console: Console, name: str) -> None:
    with console.service.parts.database.write() as session:
        row = identity.account(session, name)
        assert row is not None
        identity.end(session, account_id=row.id)


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_from_signing_in_to_the_verified_audit(console: Console, language: str) -> None:
    t = catalogue(language)
    first, second = console.alerts(1, 2)
    with console.signed_in("lin.wei", language="zh-CN" if language == "zh-Hans" else "en") as page:
        expect(page.locator("h1")).to_have_text(t("worklist.title"))
        expect(page.locator("tr.line")).to_have_count(2)
        page.keyboard.press("Enter")  # the most urgent one, claimed
        shown(page, first)
        expect(page.locator(".claim")).to_contain_text(t("alert.claimed_by_you", until="")[:3])
        expect(page.locator(".reasons li").first).to_be_visible()
        expect(page.locator(".rate")).to_have_text(t("rate.unknown"))
        expect(page.locator(".box")).to_have_count(1)
        page.keyboard.press("h")
        shown(page, second)
        expect(page.locator("#toast")).to_contain_text(t("outcome.hold"))
        page.keyboard.press("u")
        shown(page, first)
        assert decisions(console, first) == [("lin.wei", "hold", "undone")]
        page.keyboard.press("s")
        page.keyboard.press("1")  # its first reason
        shown(page, second)
        assert decisions(console, first)[1] == ("lin.wei", "suspend", "proposed")
        page.goto(f"/console/alerts/{first}")
        expect(page.locator(".decision")).to_contain_text(t("second.yours"))
    with console.signed_in("maria.santos", language="zh-CN" if language == "zh-Hans" else "en") as page:
        page.click("nav a:nth-child(2)")
        page.click("tr.line a")
        shown(page, first)
        page.keyboard.press("y")
        expect(page.locator("#toast")).to_contain_text(t("told.seconded", title="")[:4])
    assert decisions(console, first)[1] == ("lin.wei", "suspend", "standing")
    with console.service.parts.database.read() as session:
        standing = session.query(DecisionRow).filter_by(alert_id=first, state="standing").one()
        assert (standing.second, standing.reason_code) == ("maria.santos", "features_differ")
    assert AuditService(console.service.parts.database).verify().faults == ()


def test_a_decision_survives_a_session_that_ended(console: Console) -> None:
    first, second = console.alerts(1, 2)
    with console.signed_in("lin.wei") as page:
        page.goto(f"/console/alerts/{first}")
        shown(page, first)
        end_sessions(console, "lin.wei")
        page.keyboard.press("r")
        expect(page.locator("#again")).to_be_visible()
        assert decisions(console, first) == []
        page.fill("#again [name=password]", "wrong password!")
        page.press("#again [name=password]", "Enter")
        expect(page.locator("#again-wrong")).to_be_visible()
        page.fill("#again [name=password]", PASSWORD)
        page.press("#again [name=password]", "Enter")
        shown(page, second)
    assert decisions(console, first) == [("lin.wei", "release", "standing")]


def test_what_one_officer_began_is_never_decided_by_another(console: Console) -> None:
    (first,) = console.alerts(1)
    with console.signed_in("lin.wei") as page:
        page.goto(f"/console/alerts/{first}")
        shown(page, first)
        end_sessions(console, "lin.wei")
        page.keyboard.press("r")
        page.fill("#again [name=name]", "maria.santos")
        page.fill("#again [name=password]", PASSWORD)
        page.press("#again [name=password]", "Enter")
        expect(page.locator("#again-other")).to_be_visible()
        expect(page.locator(".who")).to_contain_text("maria.santos")
        shown(page, first)
    assert decisions(console, first) == []


def test_whoever_is_second_sees_what_stands(console: Console) -> None:
    (first,) = console.alerts(1)
    with console.signed_in("lin.wei") as page:
        page.goto(f"/console/alerts/{first}")
        shown(page, first)
        body = {"action": "hold", "officer": "maria.santos"}
        console.service.client.post(f"/v1/alerts/{first}/decisions", json=body).raise_for_status()
        page.keyboard.press("r")
        expect(page.locator("main .wrong")).to_have_text(catalogue("en")("problem.already-decided"))
        expect(page.locator(".decision")).to_contain_text("maria.santos")
    assert decisions(console, first) == [("maria.santos", "hold", "standing")]


def test_the_worklist_follows_and_catches_up_after_a_lost_connection(console: Console) -> None:
    console.alerts(1)
    with console.signed_in("lin.wei") as page:
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
        expect(page.locator("tr.line")).to_have_count(1)
        console.alerts(2)
        expect(page.locator("tr.line")).to_have_count(2)
        page.context.set_offline(True)
        page.evaluate("() => fetch('/healthz').catch(() => 0)")
        console.alerts(3)
        page.context.set_offline(False)
        expect(page.locator("tr.line")).to_have_count(3)


def test_a_refresh_that_comes_after_the_worklist_is_gone_harms_nothing(console: Console) -> None:
    with console.signed_in("lin.wei") as page:
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
        page.evaluate("document.getElementById('lines').remove()")  # as opening an alert does
        console.alerts(1)
        page.wait_for_timeout(3000)  # until it was told and refreshed; the browser's complaints are read at the end


def test_nothing_that_came_with_a_parcel_runs(console: Console) -> None:
    evil = '<script>document.title="owned"</script><img src=x onerror=document.title="owned">'
    console.service.record("mark1", 1, holder=f"Holder {evil}"[:200])
    (first,) = console.service.scan([photograph(1)], parcel=evil[:120], station="dock").json()["alerts"]
    with console.signed_in("lin.wei") as page:
        page.goto(f"/console/alerts/{first}")
        shown(page, first)
        page.fill("[name=note]", evil)
        page.click("text=Keep note")
        expect(page.locator("[name=note]")).to_have_value(evil)
        assert page.title() != "owned"
        page.goto("/console/worklist")
        expect(page.locator("tr.line")).to_contain_text("<script>")
        assert page.title() != "owned"


def test_keys_are_each_officers_own(console: Console) -> None:
    first, second = console.alerts(1, 2)
    with console.signed_in("lin.wei") as page:
        page.goto("/console/me")
        page.fill('[name="key.release"]', "w")
        with page.expect_navigation():
            page.click("main button.primary")
        expect(page.locator('[name="key.release"]')).to_have_value("w")
        page.goto(f"/console/alerts/{first}")
        shown(page, first)
        page.keyboard.press("r")  # does nothing any more
        expect(page.locator("[data-outcome=release] kbd").first).to_have_text("W")
        page.keyboard.press("w")
        shown(page, second)
        page.goto("/console/me")
        page.fill('[name="key.hold"]', "w")
        page.click("main button.primary")
        expect(page.locator("#problem")).to_contain_text("two outcomes have the same key")
    assert decisions(console, first) == [("lin.wei", "release", "standing")]


def test_a_box_and_a_mark_are_corrected_on_the_spot(console: Console) -> None:
    first, second = console.alerts(1, 2)
    with console.signed_in("lin.wei") as page:
        page.goto(f"/console/alerts/{first}")
        shown(page, first)
        page.keyboard.press("m")
        frame = page.locator("#viewer").bounding_box()
        assert frame is not None
        middle = (frame["x"] + frame["width"] / 2, frame["y"] + frame["height"] / 2)
        page.mouse.move(*middle)
        page.mouse.down()
        page.mouse.move(middle[0] + 60, middle[1] + 40, steps=4)
        page.mouse.up()
        expect(page.locator("#corrected")).to_be_visible()
        page.keyboard.press("o")
        page.fill("[name=mark_id_typed]:visible", "mark2")
        page.click("#reasons-other_mark [data-reason=similar_sign]")
        shown(page, second)
    with console.service.parts.database.read() as session:
        row = session.query(DecisionRow).filter_by(alert_id=first).one()
        assert (row.action, row.mark_id, row.reason_code) == ("other_mark", "mark2", "similar_sign")
        assert row.correction is not None
        x1, y1, x2, y2 = row.correction["box"]
        assert x2 - x1 > 5
        assert y2 - y1 > 5


def test_an_office_sees_its_own_alerts_only(console: Console) -> None:
    console.service.parts.accounts.add_office("harbour", "Harbour office", by="tests")
    console.officer("other.office", office="harbour")
    (first,) = console.alerts(1)
    with console.signed_in("other.office") as page:
        expect(page.locator(".empty")).to_be_visible()
        answer = page.goto(f"/console/alerts/{first}")
        assert answer is not None
        assert answer.status == 404
        picture = page.goto(
            f"/console/scans/{console.service.client.get(f'/v1/alerts/{first}').json()['scan_id']}/views/0"
        )
        assert picture is not None
        assert picture.status == 404


def test_signing_out_ends_the_session(console: Console) -> None:
    with console.signed_in("lin.wei") as page:
        page.click(".who button")
        page.wait_for_url("**/console/sign-in")
        page.goto("/console/worklist")
        page.wait_for_url(lambda url: url.endswith("/sign-in?next=/console/worklist"))


def test_the_same_places_are_shown_in_both_pictures(browser: Browser, tmp_path: Path) -> None:
    """With the shipped models and a sample parcel: the fake ones know no artwork that could be laid over."""
    with running(settings_in(tmp_path), load_models(PACKAGE_ROOT / "models", 2, None)) as service:
        console = Console(service, browser)
        console.officer("lin.wei")
        artwork = (SAMPLES / "artwork" / "druvalo.svg").read_bytes()
        metadata = {"metadata": json.dumps({"title": "Druvalo", "holder": "Druvalo"})}
        recorded = service.client.put(
            "/v1/registry/marks/druvalo", data=metadata, files=[("artwork", ("d.svg", artwork))]
        )
        recorded.raise_for_status()
        (alert,) = service.scan([(SAMPLES / "parcels" / "cap-and-shirt.jpg").read_bytes()]).json()["alerts"]
        with console.signed_in("lin.wei") as page:
            page.goto(f"/console/alerts/{alert}")
            shown(page, alert)
            expect(page.locator("#artwork svg polygon").first).to_be_attached()
            assert page.locator("#viewer svg polygon").count() == page.locator("#artwork svg polygon").count()
            expect(page.locator("#matched")).to_be_visible()
            page.keyboard.press("v")
            expect(page.locator("img.laid")).to_have_attribute("src", f"/console/alerts/{alert}/laid")
        assert console.complaints == []


def test_a_view_is_saved_and_shows_what_it_was_saved_for(console: Console) -> None:
    console.alerts(1, 2, 3)
    with console.signed_in("lin.wei") as page:
        page.select_option("[name=mark]", "mark2")
        expect(page.locator("tr.line")).to_have_count(1)
        page.reload()
        page.fill(".views [name=name]", "Owls <b>")
        with page.expect_navigation():
            page.click("text=Save view")
        page.goto("/console/worklist")
        expect(page.locator("tr.line")).to_have_count(3)
        page.click("text=Owls <b>")
        expect(page.locator("tr.line")).to_have_count(1)
        expect(page.locator("#live")).to_have_attribute("data-state", "live")
        page.keyboard.press("Enter")
        shown(page)
        page.keyboard.press("h")  # the next one is of this view only: there is none
        expect(page.locator("h1")).to_have_text("All done")
        page.goto("/console/worklist")
        with page.expect_navigation():
            page.click('[aria-label="Forget the view Owls <b>"]')
        expect(page.locator(".view")).to_have_count(0)
    with console.signed_in("maria.santos") as page:
        expect(page.locator(".view")).to_have_count(0)


def test_all_views_of_a_scan_are_there(console: Console) -> None:
    console.service.record("mark1", 1)
    (alert,) = console.service.scan([photograph(7), photograph(1), photograph(8)]).json()["alerts"]
    with console.signed_in("lin.wei") as page:
        page.goto(f"/console/alerts/{alert}")
        shown(page, alert)
        expect(page.locator("[data-view]")).to_have_count(3)
        expect(page.locator('[data-view="1"]')).to_have_attribute("aria-pressed", "true")  # where the mark is
        expect(page.locator(".box")).to_have_count(1)
        page.click('[data-view="0"]')
        expect(page.locator(".box")).to_have_count(0)
        page.click('[data-view="1"]')
        expect(page.locator(".box")).to_have_count(1)


def test_an_alert_can_be_left_for_later(console: Console) -> None:
    first, second = console.alerts(1, 2)
    with console.signed_in("lin.wei") as page:
        with page.expect_response(lambda answer: f"skip={first}" in answer.url):
            page.goto(f"/console/alerts/{first}")
        shown(page, first)
        page.keyboard.press("j")
        shown(page, second)
    assert decisions(console, first) == []
