// The scan: zoom to the pixel, brighter, more contrast, turned, inverted; boxes; the filed artwork laid over it.
import { closeBeside, openBeside, other } from "./beside.js";
import { closeLens, openLens } from "./lens.js";
import { fetchRegions, onArtwork, onPhotograph } from "./regions.js";
import { drag, layXray, prepareXray, restoreXray } from "./xray/tools.js";

const ZOOM = 2;
const CALM_MS = 250; // whoever decides at once needs no comparison
const FLICKER_MS = 700; // slower than the three flashes a second that WCAG 2.3.1 allows
const OPTIONS = {
  drawer: "canvas",
  showNavigationControl: false,
  animationTime: 0.2,
  blendTime: 0,
  immediateRender: true,
  maxZoomPixelRatio: 16,
  visibilityRatio: 0.5,
  gestureSettingsMouse: { clickToZoom: false, dblClickToZoom: true },
  imageSmoothingEnabled: true,
};

let state = null;

export function correction() {
  return state?.correction ?? null;
}

export function openViewer(page) {
  state?.viewer.destroy();
  clearInterval(state?.flickering);
  const boxes = JSON.parse(page.dataset.boxes);
  const views = JSON.parse(page.dataset.views);
  closeBeside(page);
  closeLens();
  prepareXray(page);
  const viewer = OpenSeadragon({ ...OPTIONS, element: document.getElementById("viewer") });
  state = { viewer, boxes, views, view: null, page, correction: null, flickering: null, artwork: null, found: null, scan: null };
  viewer.addHandler("canvas-key", (event) => {
    if (!event.originalEvent.key.startsWith("Arrow") && !"+-=".includes(event.originalEvent.key)) event.preventDefaultAction = true;
  });
  viewer.addHandler("open", () => drawBoxes());
  viewer.addOnceHandler("tile-drawn", () => requestAnimationFrame(() => shown(page)));
  show(boxes[0]?.view ?? 0);
  tools(page);
}

function shown(page) {
  page.dataset.shown = "1";
  performance.mark("shown");
  compare(page);
  setTimeout(() => deepen(), CALM_MS);
  page.dispatchEvent(new CustomEvent("shown", { bubbles: true }));
}

// Which places are seen again is worked out after the page is shown, for whoever stays on it.
function compare(page) {
  setTimeout(async () => {
    if (!page.isConnected) return;
    const found = await fetchRegions(page.dataset.alert);
    if (!page.isConnected || !found.regions.length) return;
    state.found = found;
    onArtwork(found);
    drawRegions();
  }, CALM_MS);
}

// X-ray scans are drawn with all their bits once the page stands: whoever decides at once needs no more than 8.
async function deepen() {
  const mine = state;
  const { view, viewer, views, page } = mine;
  if (!page.isConnected) return;
  const scan = await layXray(viewer, views[view], () => state === mine && mine.view === view);
  if (!scan) return;
  state.scan = scan;
  filter();
  page.dataset.deep = view;
}

function drawRegions() {
  if (state.found?.view !== state.view) return;
  const { width, height } = state.views[state.view];
  state.viewer.addOverlay({ element: onPhotograph(state.found, width, height), location: place([0, 0, width, height]) });
}

function show(view) {
  const before = state.view;
  state.view = view;
  state.scan = null;
  const drawn = Boolean(state.views[view].planes); // an X-ray has window and level instead of brightness and contrast
  for (const bar of state.page.querySelectorAll(".tools.xray")) bar.hidden = !drawn;
  for (const range of state.page.querySelectorAll(".tools .light")) range.hidden = drawn;
  if (before !== null) state.viewer.addOnceHandler("open", () => deepen());
  state.viewer.open({ type: "image", url: state.views[view].url, buildPyramid: false });
  for (const button of state.page.querySelectorAll("[data-view]")) {
    button.setAttribute("aria-pressed", String(Number(button.dataset.view) === view));
  }
}

// Another view; with Shift, beside the one that is shown.
function choose(view, aside) {
  if (!aside) return show(view);
  state.page.querySelector("[data-tool=beside]")?.setAttribute("aria-pressed", "true");
  openBeside(state.page, state.views, view, OPTIONS, frames);
}

function place(box, viewer = state.viewer) {
  const [x1, y1, x2, y2] = box;
  return viewer.viewport.imageToViewportRectangle(x1, y1, x2 - x1, y2 - y1);
}

function drawBoxes() {
  state.viewer.clearOverlays();
  state.artwork = null;
  frames(state.viewer, state.view);
  if (state.correction?.view === state.view) drawCorrection();
  drawRegions();
}

function frames(viewer, view) {
  for (const item of state.boxes.filter((one) => one.view === view)) {
    const frame = document.createElement("div");
    frame.className = "box";
    const label = document.createElement("span");
    label.textContent = item.label;
    frame.append(label);
    viewer.addOverlay({ element: frame, location: place(item.box, viewer) });
  }
}

function drawCorrection() {
  document.getElementById("corrected")?.remove();
  const frame = document.createElement("div");
  frame.id = "corrected";
  frame.className = "box corrected";
  state.viewer.addOverlay({ element: frame, location: place(state.correction.box) });
}

function first() {
  return state.boxes.find((one) => one.view === state.view);
}

const ACTS = {
  fit: () => {
    state.viewer.viewport.setRotation(0);
    state.viewer.viewport.goHome();
    for (const range of state.page.querySelectorAll("[data-filter]")) range.value = 100;
    filter();
  },
  zoom: () => {
    const box = first();
    if (!box) return state.viewer.viewport.zoomBy(ZOOM);
    const around = place(box.box);
    const margin = Math.max(around.width, around.height) * 0.4;
    state.viewer.viewport.fitBounds(new OpenSeadragon.Rect(around.x - margin, around.y - margin, around.width + 2 * margin, around.height + 2 * margin));
  },
  pixel: () => {
    state.viewer.viewport.zoomTo(state.viewer.viewport.imageToViewportZoom(1));
  },
  rotate: () => {
    state.viewer.viewport.setRotation((state.viewer.viewport.getRotation() + 90) % 360);
  },
  invert: (button) => {
    toggle(button);
    filter();
  },
  boxes: (button) => {
    state.page.querySelector(".viewers").classList.toggle("no-boxes", !toggle(button));
  },
  overlay: (button) => lay(toggle(button)),
  flicker: (button) => {
    const on = toggle(button);
    clearInterval(state.flickering);
    lay(on);
    if (on) state.flickering = setInterval(() => state.artwork?.classList.toggle("away"), FLICKER_MS);
  },
  correct: (button) => draw(button, toggle(button)),
  lens: (button) => {
    if (toggle(button)) openLens(state.viewer, () => state.scan ?? photograph());
    else closeLens();
  },
  beside: (button) => {
    if (!toggle(button)) return closeBeside(state.page);
    openBeside(state.page, state.views, other(state.views, state.boxes, state.view), OPTIONS, frames);
  },
  window: (button) => windowing(toggle(button)),
  original: () => {
    ACTS.fit();
    restoreXray();
    for (const name of ["invert", "lens", "window"]) release(name);
    closeLens();
    windowing(false);
    filter();
  },
};

function release(name) {
  state.page.querySelector(`[data-tool=${name}]`)?.setAttribute("aria-pressed", "false");
}

// The photograph itself, for the lens: as large as it is, whatever the screen shows.
function photograph() {
  const { url } = state.views[state.view];
  if (state.loaded?.src !== new URL(url, location.href).href) {
    state.loaded = new Image();
    state.loaded.src = url;
  }
  return state.loaded.complete ? state.loaded : null;
}

// While it is on, dragging moves the window instead of the picture.
function windowing(on) {
  state.viewer.setMouseNavEnabled(!on);
  state.dragger?.destroy();
  state.dragger = null;
  if (!on) return;
  state.dragger = new OpenSeadragon.MouseTracker({
    element: state.viewer.element,
    dragHandler: (event) => drag(event.delta),
  });
}

function toggle(button) {
  const on = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(on));
  return on;
}

function lay(on) {
  if (state.artwork) state.viewer.removeOverlay(state.artwork);
  state.artwork = null;
  const box = first();
  if (!on || !box || !state.page.dataset.artwork) return;
  const laid = state.found?.view === state.view ? state.found.laid : null; // as it lies there, or else fitted to the box
  const picture = document.createElement("img");
  picture.src = laid?.url ?? state.page.dataset.artwork;
  picture.alt = "";
  picture.className = "laid";
  state.artwork = picture;
  state.viewer.addOverlay({ element: picture, location: place(laid?.box ?? box.box) });
}

function filter() {
  const value = (name) => state.page.querySelector(`[data-filter=${name}]`).value / 100;
  const inverted = state.page.querySelector("[data-tool=invert]").getAttribute("aria-pressed") === "true";
  const filters = `brightness(${value("brightness")}) contrast(${value("contrast")})${inverted ? " invert(1)" : ""}`;
  for (const canvas of [state.viewer.drawer.canvas, state.scan]) if (canvas) canvas.style.filter = filters;
}

// A box drawn by hand: from where the pointer goes down to where it goes up, in pixels of the view.
function draw(button, on) {
  state.viewer.setMouseNavEnabled(!on);
  state.drawer?.destroy();
  if (!on) return;
  const at = (event) => state.viewer.viewport.viewerElementToImageCoordinates(event.position);
  let start = null;
  state.drawer = new OpenSeadragon.MouseTracker({
    element: state.viewer.element,
    pressHandler: (event) => {
      start = at(event);
    },
    dragHandler: (event) => mark(start, at(event)),
    releaseHandler: (event) => {
      mark(start, at(event));
      button.setAttribute("aria-pressed", "false");
      draw(button, false);
    },
  });
}

function mark(start, end) {
  if (!start) return;
  const { width, height } = state.views[state.view];
  const clip = (value, most) => Math.round(Math.min(Math.max(value, 0), most) * 10) / 10;
  const xs = [clip(start.x, width), clip(end.x, width)].sort((a, b) => a - b);
  const ys = [clip(start.y, height), clip(end.y, height)].sort((a, b) => a - b);
  if (xs[1] - xs[0] < 2 || ys[1] - ys[0] < 2) return;
  state.correction = { view: state.view, box: [xs[0], ys[0], xs[1], ys[1]] };
  document.getElementById("box-numbers").value = state.correction.box.join(", ");
  drawCorrection();
}

function tools(page) {
  page.addEventListener("click", (event) => {
    const tool = event.target.closest("[data-tool]");
    if (tool) ACTS[tool.dataset.tool](tool);
    const view = event.target.closest("[data-view]");
    if (view) choose(Number(view.dataset.view), event.shiftKey);
  });
  page.addEventListener("change", (event) => {
    if (event.target.id !== "box-numbers") return;
    const [x1, y1, x2, y2] = event.target.value.split(/[,\s]+/).map(Number);
    if ([x1, y1, x2, y2].every(Number.isFinite)) mark({ x: x1, y: y1 }, { x: x2, y: y2 });
  });
  page.addEventListener("input", (event) => {
    if (event.target.matches("[data-filter]")) filter();
  });
}
