// The worklist follows what happens; after a lost connection the browser asks for what it missed (Last-Event-ID).
const CALM_MS = 400; // many changes at once are one refresh
let source = null;

export function follow() {
  const page = document.querySelector("main[data-feed]");
  if (!page) {
    source?.close();
    source = null;
    return;
  }
  if (source) return;
  source = new EventSource(page.dataset.feed);
  const told = (key) => {
    const place = document.getElementById("live");
    if (!place) return;
    place.textContent = place.dataset[key];
    place.dataset.state = key;
  };
  let waiting = null;
  const refresh = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const lines = document.getElementById("lines"); // gone if an alert was opened meanwhile
      if (lines && !document.querySelector("input[form=bulk]:checked")) htmx.trigger(lines, "refresh");
    }, CALM_MS);
  };
  source.addEventListener("open", () => told("live"));
  source.addEventListener("error", () => told("lost"));
  source.addEventListener("alert", refresh);
  source.addEventListener("reload", refresh);
}
