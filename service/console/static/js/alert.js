// An alert's page: its viewer, the next one's pictures fetched ahead, and the claim held while somebody is there.
import { openViewer } from "./viewer.js";

const HOLD_MS = 60_000;
const AWAY_MS = 120_000;
let active = Date.now();
let upcoming = null;

for (const kind of ["keydown", "pointermove", "pointerdown"]) {
  document.addEventListener(kind, () => (active = Date.now()), { passive: true });
}

export function showAlert() {
  const page = document.querySelector("main[data-alert]");
  if (!page || page.dataset.drawn) return;
  page.dataset.drawn = "1";
  document.title = page.querySelector("h1").textContent;
  page.querySelector("h1").focus({ preventScroll: true });
  page.addEventListener("shown", () => ahead(page), { once: true });
  openViewer(page);
}

async function ahead(page) {
  const query = new URLSearchParams(page.dataset.query);
  query.set("skip", page.dataset.alert);
  const answer = await fetch(`/console/alerts/next?${query}`);
  if (!answer.ok) return;
  upcoming = await answer.json();
  for (const url of upcoming.pictures) new Image().src = url;
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("#skip") || !upcoming?.url) return;
  htmx.ajax("GET", upcoming.url, { target: "#main", swap: "outerHTML" });
  history.pushState({}, "", upcoming.url);
});

setInterval(() => {
  const page = document.querySelector("main[data-alert][data-mine]");
  if (!page || document.hidden || Date.now() - active > AWAY_MS) return;
  fetch(`/console/alerts/${page.dataset.alert}/claims`, {
    method: "POST",
    headers: { "X-CSRF-Token": document.body.dataset.csrf, "HX-Request": "true" },
  });
}, HOLD_MS);
