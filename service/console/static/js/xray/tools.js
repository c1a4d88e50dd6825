// The tools of an inspection console: modes, edges, window and level, gamma; one key back to the original.
import { fetchPlanes } from "./planes.js";
import { colourTable, paint } from "./painting.js";

const DRAG = 1 / 250; // of the window's usual width, per pixel that the pointer is dragged
const LEAST = 0.05; // attenuation: the narrowest window
const OWN = ["high", "low"]; // modes that come with a window of their own

let state = null;

// For a page with X-ray scans; null for one without.
export function prepareXray(page) {
  const look = page.dataset.xray ? JSON.parse(page.dataset.xray) : null;
  state = look && { page, look, colour: colourTable(look), settings: original(look), scans: new Map(), laid: [], due: false };
  if (state) listen(page);
}

function original(look) {
  return { mode: "colour", edges: false, gamma: look.gamma, window: [...look.windows.usual], kept: null };
}

// The scan's own picture over what the browser was sent: 16 bits deep, drawn by the settings. Returns its canvas; null
// if there is none, if it cannot be had (8 bits stay on the screen), or if the view is not wanted any more by then.
export async function layXray(viewer, view, wanted = () => true) {
  if (!state || !view.planes) return null;
  const mine = state;
  const planes = await planesOf(view.planes);
  if (!planes || mine !== state || !wanted() || !viewer.world?.getItemCount()) return null;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [planes.width, planes.height];
  canvas.className = "xray";
  mine.laid = mine.laid.filter((one) => one.canvas.isConnected);
  mine.laid.push({ canvas, planes });
  draw({ canvas, planes });
  const before = viewer.overlaysContainer.querySelector("canvas.xray");
  if (before) viewer.removeOverlay(before); // it was asked for twice
  viewer.addOverlay({ element: canvas, location: viewer.viewport.imageToViewportRectangle(0, 0, view.width, view.height) });
  viewer.overlaysContainer.prepend(overlayOf(canvas, viewer)); // under the boxes
  return canvas;
}

// What the viewer made of an element: it wraps each overlay in a place of its own.
function overlayOf(element, viewer) {
  let own = element;
  while (own.parentElement !== viewer.overlaysContainer) own = own.parentElement;
  return own;
}

async function planesOf(url) {
  const { scans } = state;
  if (!scans.has(url)) scans.set(url, fetchPlanes(url));
  try {
    return await scans.get(url);
  } catch {
    scans.delete(url); // the next look asks again
    return null;
  }
}

function draw({ canvas, planes }) {
  canvas.getContext("2d").putImageData(paint(planes, state.settings, state.look, state.colour), 0, 0);
}

// However often a slider moves, the scans are drawn once for each frame that the screen shows.
function redraw() {
  say();
  if (state.due) return;
  state.due = true;
  requestAnimationFrame(() => {
    state.due = false;
    for (const one of state.laid.filter((laid) => laid.canvas.isConnected)) draw(one);
    state.page.dataset.drawnMode = state.settings.mode;
  });
}

// What the toolbar says of the settings.
function say() {
  const { page, settings } = state;
  for (const button of page.querySelectorAll("[data-xray-mode]")) button.setAttribute("aria-pressed", String(button.dataset.xrayMode === settings.mode));
  page.querySelector("[data-xray-tool=edges]").setAttribute("aria-pressed", String(settings.edges));
  const [start, end] = settings.window;
  const shown = { level: (start + end) / 2, width: end - start, gamma: settings.gamma };
  for (const range of page.querySelectorAll("[data-xray-range]")) range.value = shown[range.dataset.xrayRange];
  const preset = Object.entries(state.look.presets).find(([, own]) => own[0] === start && own[1] === end);
  page.querySelector("[data-xray-preset]").value = preset ? preset[0] : "";
}

function listen(page) {
  page.addEventListener("click", (event) => {
    const mode = event.target.closest("[data-xray-mode]");
    if (mode) choose(mode.dataset.xrayMode);
    const tool = event.target.closest("[data-xray-tool]");
    if (tool) TOOLS[tool.dataset.xrayTool]?.(tool);
  });
  page.addEventListener("input", (event) => {
    const preset = state.look.presets[event.target.closest("[data-xray-preset]")?.value];
    if (preset) {
      state.settings.window = [...preset];
      redraw();
    }
    const range = event.target.closest("[data-xray-range]");
    if (!range) return;
    if (range.dataset.xrayRange === "gamma") state.settings.gamma = Number(range.value);
    else windowed(slider("level"), slider("width"));
    redraw();
  });
  say();
}

function slider(name) {
  return Number(state.page.querySelector(`[data-xray-range=${name}]`).value);
}

// A window that somebody set outlives a change of mode, and a visit to a mode that has its own.
function choose(mode) {
  const { settings, look } = state;
  if (!OWN.includes(settings.mode)) settings.kept = settings.window;
  settings.window = [...(OWN.includes(mode) ? look.windows[mode] : (settings.kept ?? look.windows.usual))];
  settings.mode = mode;
  redraw();
}

function windowed(level, width) {
  const half = Math.max(width, LEAST) / 2;
  state.settings.window = [level - half, level + half];
}

const TOOLS = {
  edges: () => {
    state.settings.edges = !state.settings.edges;
    redraw();
  },
  next: () => {
    const modes = [...state.page.querySelectorAll("[data-xray-mode]")].map((button) => button.dataset.xrayMode);
    choose(modes[(modes.indexOf(state.settings.mode) + 1) % modes.length]);
  },
};

export function restoreXray() {
  if (!state) return;
  state.settings = original(state.look);
  redraw();
}

// Dragging to the right widens the window, dragging down moves it to thicker things.
export function drag({ x, y }) {
  if (!state) return;
  const [start, end] = state.settings.window;
  const [from, to] = state.look.windows.usual;
  const unit = (to - from) * DRAG;
  windowed((start + end) / 2 + y * unit, end - start + x * unit);
  redraw();
}
