"""The pages of models and of what they learn from, in a real Chromium: by keys, in both languages, for everybody."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from service.console.catalogue import catalogue
from service.identity.roles import Role
from service.identity.service import CONFIRMED
from service.modelops.schemas import CanaryIn, ShadowIn, StepIn, WordIn
from service.stations.policy import Terms
from service.tables import DriftAlarmRow, LabelTaskRow, SessionRow
from tests.acceptance.browsing import DESK, PASSWORD, PHONE, Console
from tests.acceptance.learning_past import STATIONS, alarm, days, look, measured, questions, quick
from tests.acceptance.test_console_access import RULES
from tests.integration.service.harness import Service, running, wait_for
from tests.integration.service.pictures import photograph
from tests.integration.service.releases import load_folder

BOX = (60.0, 60.0, 180.0, 180.0)
WHY = "as planned"


@pytest.fixture
def models(browser: Browser, tmp_path: Path) -> Iterator[Console]:
    """A console whose models are fake releases; the browser must have nothing to complain about in the end."""
    with running(quick(tmp_path), loader=load_folder) as service:
        made = Console(service, browser)
        made.officer("lin.wei")
        made.officer("anna", Role.OFFICER, Role.MODEL_OPERATOR)
        made.officer("maria.santos", Role.OFFICER, Role.SUPERVISOR)
        yield made
        assert made.complaints == []


def scans(service: Service, count: int, *, station: str = "dock-3", first: int = 0) -> list[str]:
    """Post photographs of a recorded mark."""
    service.record("mark1", 1)
    return [
        service.scan([photograph(1, tint=n)], parcel=f"P{first + n}", station=station).json()["id"]
        for n in range(count)
    ]


def nearly_champion(console: Console) -> str:
    """An approved canary that has seen all it must; returns it."""
    learning, service = console.service.parts.learning, console.service
    scans(service, 2)
    release = measured(service.parts, 6).id
    learning.rollout.shadow(release, "bao", ShadowIn(reason=WHY))
    assert look(service.parts) == 2
    for officer in ("bao", "chen"):
        learning.releases.say(release, officer, WordIn(reason=WHY), approves=True)
    learning.rollout.canary(release, "bao", CanaryIn(reason=WHY, stations=["dock-9"]))
    scans(service, 1, station="dock-9", first=10)
    return release


def test_promoted_and_rolled_back_by_keys(models: Console) -> None:
    rollout = models.service.parts.learning.rollout
    release, first = nearly_champion(models), rollout.now().champion
    jobs = models.service.parts.learning.jobs
    with models.signed_in("anna") as page:
        page.goto(f"/console/models/{release}")
        expect(page.locator(".gates tbody tr")).to_have_count(9)
        expect(page.locator("[aria-labelledby=shadow-title] dd").first).to_have_text("2")
        page.keyboard.press("p")
        expect(page.locator("#ask-champion")).to_be_visible()
        page.keyboard.type("it finds more")
        page.keyboard.press("Enter")
        expect(page.locator(".head .badge", has_text="Champion")).to_be_visible()
        assert (rollout.now().champion, rollout.now().previous) == (release, first)
        page.goto("/console/models")
        expect(page.locator("li.champion")).to_contain_text("anna")
        page.keyboard.press("b")
        page.keyboard.press("Enter")
        expect(page.locator("li.previous b")).to_have_text("–")
        assert rollout.now().champion == first
        expect(page.locator("ol.plain li").first).to_contain_text("The champion does harm")
        changes = jobs.list("changes", 1).items[0].id
        wait_for(lambda: jobs.get(changes).state == "done")
        page.goto(f"/console/rescreenings/{changes}")
        expect(page.locator("#progress")).to_contain_text("past scans compared")
        page.goto("/console/models")
        page.keyboard.press("b")  # there is nothing to go back to, and no button for it
        expect(page.locator("dialog[open]")).to_have_count(0)


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_what_a_step_lacks_is_said_before_it_is_refused(models: Console, language: str) -> None:
    t = catalogue(language)
    release = measured(models.service.parts, 6)
    with models.signed_in("anna", language="zh-CN" if language == "zh-Hans" else "en") as page:
        page.goto(f"/console/models/{release.id}")
        way = page.locator(".way")
        expect(way).to_contain_text(t("lack.approvals", count=2))
        expect(way).to_contain_text(t("lack.looks", seen=0, needed=2))
        expect(page.locator("[data-opens=ask-canary]")).to_be_disabled()
        page.keyboard.press("c")
        expect(page.locator("dialog[open]")).to_have_count(0)
        page.keyboard.press("a")
        page.fill("#ask-approvals [name=reason]", "card read")
        page.keyboard.press("Enter")
        expect(way).to_contain_text(t("lack.approvals", count=1))
        expect(way).to_contain_text(t("lack.spoken"))
        expect(page.locator("main")).to_contain_text("card read")


def test_a_step_that_somebody_else_made_impossible_is_refused_in_place(models: Console) -> None:
    release = nearly_champion(models)
    with models.signed_in("anna") as page:
        page.goto(f"/console/models/{release}")
        page.keyboard.press("p")
        models.service.parts.learning.rollout.end("canary", "bao", StepIn(reason="too many alerts"))
        page.keyboard.type(WHY)
        page.keyboard.press("Enter")
        expect(page.locator("main .wrong")).to_contain_text("Nothing was changed")
        expect(page.locator(".way")).to_contain_text("It is not the canary.")
        page.goto("/console/models/release_0")
        expect(page.locator("h1")).to_have_text("There is no such release of models.")


def test_making_a_champion_wants_a_recent_password(models: Console) -> None:
    release = nearly_champion(models)
    with models.signed_in("anna") as page:
        with models.service.parts.database.write() as session:
            for row in session.query(SessionRow):
                row.confirmed_at -= CONFIRMED
        page.goto(f"/console/models/{release}")
        page.keyboard.press("p")
        page.keyboard.type(WHY)
        page.keyboard.press("Enter")
        page.fill("#confirm [name=password]", PASSWORD)
        page.press("#confirm [name=password]", "Enter")
        expect(page.locator(".head .badge", has_text="Champion")).to_be_visible()


def test_whoever_only_sees_models_has_no_buttons_and_officers_do_not_see_them(models: Console) -> None:
    release = measured(models.service.parts, 6, "robustness.blur").id
    with models.signed_in("maria.santos") as page:
        for path in ("models", f"models/{release}", "models/thresholds", "jobs", "drift"):
            page.goto(f"/console/{path}")
            expect(page.locator("main h1")).to_be_visible()
            assert page.locator("main button:not(form[method=get] button)").count() == 0, path
        page.goto(f"/console/models/{release}")
        expect(page.locator(".gates tbody tr").first).to_contain_text("not passed")
        page.click("details summary")
        expect(page.locator("pre.card")).to_contain_text("<script>")
        assert page.title() != "owned"
        headers = {"X-CSRF-Token": page.get_attribute("body", "data-csrf") or ""}
        answer = page.request.post("/console/models/rollback", form={"reason": WHY}, headers=headers)
        assert answer.status == 403
    with models.signed_in("lin.wei") as page:
        assert page.locator("nav a", has_text="Models").count() == 0
        for path in ("models", "jobs", "drift", "models/thresholds"):
            answer_of = page.goto(f"/console/{path}")
            assert answer_of is not None
            assert answer_of.status == 403, path


def test_thresholds_are_tried_on_last_week_before_they_work(models: Console) -> None:
    service = models.service
    service.parts.stations.set_up("dock-3", "main", Terms(), by="tests")
    scans(service, 3)
    with models.signed_in("anna") as page:
        page.goto("/console/models/thresholds")
        page.click("details summary")
        page.fill("[name='photo@dock-3']", "a lot")
        page.click("#thresholds button")
        expect(page.locator("#problem")).to_contain_text("no number from 0 to 1")
        page.fill("[name='photo@dock-3']", "1")
        page.fill("[name=marks]", "mark1 1")
        page.click("#thresholds button")
        expect(page.locator("#simulated tbody tr").last).to_contain_text("All stations")
        assert service.parts.learning.thresholds.list().at_work == 0, "a preview changed something"
        page.fill("#simulated [name=reason]", "too many false alarms")
        page.click("#simulated form button")
        expect(page.locator("main tbody tr", has_text="too many false alarms")).to_contain_text("at work")
        (kept,) = service.parts.learning.thresholds.list().items
        assert (kept.thresholds.stations["dock-3"].photo, kept.thresholds.marks) == (1.0, {"mark1": 1.0})
        page.click("[data-opens=ask-use-0]")
        page.fill("#ask-use-0 [name=reason]", WHY)
        page.keyboard.press("Enter")
        expect(page.locator("main .head")).to_contain_text("as the models have them")


def test_a_retraining_is_followed_to_its_end(models: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: object())
    with models.signed_in("anna") as page:
        page.goto("/console/jobs")
        page.fill("[name=minutes]", "1")
        page.click("text=Begin")
        page.wait_for_url("**/console/jobs/job_*")
        expect(page.locator("#progress .badge")).to_have_text("Failed")  # nothing was ever decided here
        expect(page.locator("#progress")).to_contain_text("too few labels")
        expect(page.locator("#progress .progress li")).to_contain_text("Collect what was said")
        page.goto("/console/jobs")
        page.uncheck("[name=roles][value=embedder]")
        page.click("text=Begin")
        expect(page.locator("#problem")).to_contain_text("roles")


def test_an_alarm_is_acknowledged(models: Console) -> None:
    parts = models.service.parts
    days(parts, count=20)
    first = alarm(parts, "brightness", "lamp_or_exposure_at_station")
    with models.signed_in("anna") as page:
        page.goto("/console/drift")
        expect(page.locator(".alarms")).to_contain_text("A lamp has aged or failed")
        expect(page.locator(".metric").first).to_contain_text("Brightness")
        expect(page.locator(".metric").first.locator("figure")).to_have_count(3)
        expect(page.locator("#labels-title")).to_be_visible()
        page.keyboard.press("e")
        page.keyboard.type("lamp ordered")
        page.keyboard.press("Enter")
        expect(page.locator(".alarms .badge")).to_have_text("known")
        expect(page.locator(".alarms")).to_contain_text("lamp ordered")
        page.select_option("[name=station]", "dock-1")
        page.click("form[action='/console/drift'] button")
        expect(page.locator(".metric").first.locator("figure")).to_have_count(1)
    with parts.database.read() as session:
        row = session.get_one(DriftAlarmRow, first)
        assert (row.state, row.acknowledged_by, row.note) == ("acknowledged", "anna", "lamp ordered")


def asked(page: Page, task: str) -> None:
    """Wait until a question is on the screen."""
    page.wait_for_selector(f'main[data-task="{task}"]')


def test_three_questions_are_answered_by_keys(models: Console) -> None:
    service = models.service
    service.record("mark2", 2)
    tasks = questions(service, scans(service, 4), ["mark1", "gone", "mark2"], BOX)
    with models.signed_in("lin.wei") as page:
        page.click("nav a:text('Questions')")
        page.wait_for_url("**/console/questions")
        expect(page.locator("[role=status]", has_text="4 questions are left")).to_be_visible()
        page.keyboard.press("Enter")
        for task, key in zip(tasks[:3], "2nu", strict=True):
            asked(page, task)
            expect(page.locator(".candidate img")).to_have_count(2)
            page.keyboard.press(key)
        asked(page, tasks[3])
        page.keyboard.press("s")
        expect(page.locator("main h1")).to_have_text("Questions")
        expect(page.locator("main")).to_contain_text("3 answered in all")
    with service.parts.database.read() as session:
        kept = [session.get_one(LabelTaskRow, task) for task in tasks]
        said = [(row.answered_by, *((row.answer or {}).get(key) for key in ("category", "mark_id"))) for row in kept]
    assert said == [
        ("lin.wei", "logo", "mark2"),  # the second one that is still recorded
        ("lin.wei", "not_a_logo", None),
        ("lin.wei", "logo", None),
        (None, None, None),
    ]


def test_whoever_is_second_to_answer_goes_on(models: Console) -> None:
    service = models.service
    first, second = questions(service, scans(service, 2), ["mark1"], BOX)
    with models.signed_in("lin.wei") as page:
        page.goto("/console/questions")
        page.keyboard.press("Enter")
        asked(page, first)
        with service.parts.database.write() as session:
            row = session.get_one(LabelTaskRow, first)
            row.state, row.answered_by, row.answer = "answered", "maria.santos", {"category": "not_a_logo"}
        page.keyboard.press("1")
        asked(page, second)
        expect(page.locator("main .wrong")).to_contain_text("Yours was not entered")


def test_a_mark_is_looked_for_in_past_parcels(models: Console) -> None:
    service, jobs = models.service, models.service.parts.learning.jobs
    scans(service, 3)
    wait_for(lambda: not any(job.state in ("queued", "running") for job in jobs.list(None, 10).items))
    (alert, *_) = [item["id"] for item in service.client.get("/v1/alerts").json()["items"]]
    with models.signed_in("lin.wei") as page:
        page.goto(f"/console/alerts/{alert}")
        page.click(".past-parcels summary")
        page.select_option(".past [name=days]", "30")
        page.click(".past button")
        expect(page.locator("#progress .rate")).to_contain_text("Seen 3 times since")
        expect(page.locator(".hits li")).to_have_count(3)
        page.click(".hits li a")
        page.wait_for_url("**/console/alerts/*")
        page.click(".past-parcels summary")
        expect(page.locator(".past")).to_contain_text("Seen 3 times since")
    answer = service.client.get("/console/scans/scan_0")
    assert answer.status_code == 404


@pytest.fixture(scope="module")
def filled(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Console, list[str]]]:
    """A console with something on every page, and the pages."""
    with running(quick(tmp_path_factory.mktemp("var")), loader=load_folder) as service:
        console = Console(service, browser)
        console.officer("anna", Role.OFFICER, Role.SUPERVISOR, Role.MODEL_OPERATOR)
        release = nearly_champion(console)
        refused = measured(service.parts, 7, "robustness.blur").id
        for station in STATIONS:
            service.parts.stations.set_up(station, "main", Terms(), by="tests")
        days(service.parts, count=16)
        alarm(service.parts, "brightness", "lamp_or_exposure_at_station")
        (scan, *_) = scans(service, 1, first=20)
        questions(service, [scan], ["mark1"], BOX)
        jobs = service.parts.learning.jobs
        job = jobs.add("rescreen", {"mark_id": "mark1"}, "anna").id
        wait_for(lambda: jobs.get(job).state == "done")
        models = ("models", f"models/{release}", f"models/{refused}", "models/thresholds")
        yield console, [*models, "jobs", f"jobs/{job}", f"rescreenings/{job}", "drift", "questions"]
        assert console.complaints == []


def violations(page: Page) -> list[Any]:
    found = Axe().run(page, options=RULES).response["violations"]
    return [(item["id"], [node["html"][:200] for node in item["nodes"]][:3], item["help"]) for item in found]


@pytest.mark.parametrize(
    ("language", "theme", "size"),
    [("zh-CN", "light", DESK), ("en", "dark", PHONE)],
    ids=["zh-light-desk", "en-dark-phone"],
)
def test_no_page_keeps_anyone_out_or_is_too_wide(
    filled: tuple[Console, list[str]], language: str, theme: str, size: dict[str, int]
) -> None:
    console, paths = filled
    wrong: dict[str, list[Any]] = {}
    with console.signed_in("anna", language=language, theme=theme, size=size) as page:
        for path in paths:
            page.goto(f"/console/{path}")
            if path == "drift":
                page.wait_for_selector("#labels-title")
            elif path.startswith("models/release"):
                page.wait_for_selector("#shadow-title")
            elif path == "questions":
                page.keyboard.press("Enter")
                page.wait_for_selector("main[data-task]")
            wrong[path] = violations(page)
            if page.evaluate("document.documentElement.scrollWidth") > size["width"]:
                wrong[path].append("too wide")
        page.goto("/console/models/thresholds")
        page.click("#thresholds button")
        page.wait_for_selector("#simulated section")
        wrong["simulated"] = violations(page)
        page.goto(f"/console/{paths[1]}")
        page.keyboard.press("c")
        page.wait_for_selector("#ask-canary[open]")
        wrong["dialog"] = violations(page)
    assert {path: found for path, found in wrong.items() if found} == {}
