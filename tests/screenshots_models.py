"""The pictures of the pages of models and drift: fake models that were measured and rolled out, a lamp that fades.

.venv/bin/python -m tests.screenshots_models    draws these alone
"""

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page

from service.drift.days import midnight
from service.identity.roles import Role
from service.modelops.schemas import CanaryIn, ShadowIn, StepIn, WordIn
from service.settings import PACKAGE_ROOT
from service.tables import ViewStatisticsRow
from tests.acceptance.browsing import DESK, Console, started_browser
from tests.acceptance.learning_past import days, look, measured, quick
from tests.integration.service.harness import Service, running
from tests.integration.service.pictures import photograph
from tests.integration.service.releases import load_folder
from tests.keeping_pictures import kept

TARGET = PACKAGE_ROOT / "docs" / "images"
DOCKS = tuple(f"dock-{number}" for number in range(1, 7))


def draw_models(browser: Browser, target: Path = TARGET) -> None:
    """Draw both pages."""
    with TemporaryDirectory() as folder, running(quick(Path(folder)), loader=load_folder) as service:
        console = Console(service, browser)
        console.officer("maria.santos", Role.OFFICER, Role.MODEL_OPERATOR)
        roll_out(service)
        with console.signed_in("maria.santos", size=DESK) as page:
            page.goto("/console/models")
            picture(page, target / "console-models.webp")
        fade(service)
        with console.signed_in("maria.santos", size=DESK) as page:
            page.goto("/console/drift")
            page.wait_for_selector("#labels-title")
            picture(page, target / "console-drift.webp")


def roll_out(service: Service) -> None:
    """A champion that came after another one, a canary and a shadow after it, and one that was refused."""
    learning = service.parts.learning
    service.record("kestrique", 1, "Kestrique Works")
    for number in range(60):
        service.scan([photograph(1, tint=number % 40)], parcel=f"RX{number:06}CN", station=DOCKS[number % 6])
    for version, reason in ((6, "finds the new marks"), (7, "more robust to blur")):
        release = measured(service.parts, version).id
        learning.rollout.shadow(release, "lin.wei", ShadowIn(reason="see what it finds"))
        look(service.parts)
        for name in ("lin.wei", "maria.santos"):
            learning.releases.say(release, name, WordIn(reason=reason), approves=True)
        learning.rollout.canary(release, "lin.wei", CanaryIn(reason="one dock first", stations=["dock-2"], share=0.05))
        service.scan([photograph(1, tint=version)], parcel=f"RX{version:06}NL", station="dock-2")
        if version == 6:
            learning.rollout.promote(release, "maria.santos", StepIn(reason="fewer false alarms on dock-2"))
    measured(service.parts, 8, "robustness.blur")
    learning.rollout.shadow(measured(service.parts, 9).id, "lin.wei", ShadowIn(reason="the next one"))


def fade(service: Service) -> None:
    """Weeks of figures in which a lamp fades, instead of those of the posted parcels; the watch notices."""
    with service.parts.database.write() as session:
        session.query(ViewStatisticsRow).delete()
    days(service.parts, count=40, each=150, stations=DOCKS)
    service.parts.learning.watch.check(midnight(datetime.now(UTC)))


def picture(page: Page, path: Path) -> None:
    """Keep what is on the screen."""
    page.wait_for_timeout(300)
    kept(page, path)


if __name__ == "__main__":
    with started_browser() as started:
        draw_models(started)
