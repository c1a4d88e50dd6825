"""The console's pictures in the README, `make screenshots`: the shipped models on the samples, a made-up past."""

import hashlib
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from playwright.sync_api import Page

from inference.artwork.table import read_table
from service.alerts.rules import ReviewRules
from service.cli.demo import SAMPLES, import_registry, post_parcels, sample_parcels
from service.identity.roles import Role
from service.inspecting import load_models, load_xray_models
from service.settings import PACKAGE_ROOT
from service.tables import DecisionRow
from tests.acceptance.browsing import DESK, PHONE, Console, shown, started_browser
from tests.benchmarks.many_alerts import fill
from tests.integration.service.harness import Service, running, settings_in
from tests.keeping_pictures import kept, written
from tests.screenshots_models import draw_models
from tests.screenshots_xray import draw_xray

TARGET = PACKAGE_ROOT / "docs" / "images"
PAST = 3000  # decisions of the last sixty days


def main() -> None:
    """Draw all of them."""
    parcels = sample_parcels(SAMPLES / "parcels")
    photographs = [path for views in parcels.values() for path in views if path.suffix == ".jpg"]
    with TemporaryDirectory() as folder, started_browser() as browser:
        models = PACKAGE_ROOT / "models"
        judges = {"inspector": load_models(models, 2, None), "xray": load_xray_models(models, 2)}
        with running(settings_in(Path(folder)), **judges) as service:
            import_registry(service.client)
            made_up_past(service, photographs)
            post_parcels(service.client, parcels)
            console = Console(service, browser)
            console.officer("maria.santos", Role.OFFICER, Role.SUPERVISOR)
            for name, drawn in draw_xray(console).items():
                written(drawn[..., ::-1], TARGET / f"{name}.webp")
            draw(console)
        draw_models(browser)


def draw(console: Console) -> None:
    """Go through the pages as an officer would."""
    with console.signed_in("maria.santos", size=DESK) as page:
        page.wait_for_selector("#live[data-state=live]")
        picture(page, "console-worklist")
        page.goto("/console/worklist?mark=druvalo")
        page.click("td.claim button")
        shown(page)
        page.wait_for_selector("#artwork svg polygon")
        picture(page, "console-alert")
        page.goto("/console/supervisor")
        picture(page, "console-supervisor")
    with console.signed_in("maria.santos", size=DESK, language="zh-CN", theme="dark") as page:
        page.goto("/console/worklist?mark=huskadine")
        page.click("tr.line a")
        shown(page)
        page.wait_for_selector("#artwork svg polygon")
        page.keyboard.press("z")
        page.wait_for_timeout(500)
        picture(page, "console-alert-zh")
    with console.signed_in("maria.santos", size=PHONE) as page:
        picture(page, "console-worklist-phone")


def picture(page: Page, name: str) -> None:
    """Keep what is on the screen."""
    page.wait_for_timeout(300)
    kept(page, TARGET / f"{name}.webp")


def made_up_past(service: Service, parcels: list[Path]) -> None:
    """Decisions about the sample marks, so that the pages that count have something to count."""
    artwork = hashlib.sha256((SAMPLES / "artwork" / "druvalo.svg").read_bytes()).hexdigest()
    fill(service, parcels, PAST, open_share=0.0, artwork=artwork)
    rows, _ = read_table(SAMPLES / "registry.csv")
    marks = sorted({row.mark_id for row in rows})[:14]
    rules, rng = service.parts.deciding.rules, Random(11)
    with service.parts.database.write() as session:
        for decision in session.query(DecisionRow):
            decision.alert_mark = rng.choices(marks, weights=range(1, len(marks) + 1))[0]
            decision.station = f"dock-{rng.randrange(1, 6)}"
            decision.action = rng.choices(tuple(rules.outcomes), weights=WEIGHTS)[0]
            decision.reason_code = reason_of(rules, decision.action, rng)
            decision.seconds = rng.lognormvariate(2.4, 0.8)
            decision.second = "lin.wei" if decision.action == "suspend" else None


WEIGHTS = (20, 22, 34, 4, 9, 4, 4, 3)


def reason_of(rules: ReviewRules, action: str, rng: Random) -> str:
    """One of an outcome's reasons."""
    return rng.choice(rules.outcomes[action].reasons[:-1])  # type: ignore[index]


if __name__ == "__main__":
    main()
