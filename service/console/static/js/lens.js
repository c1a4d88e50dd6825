// A magnifying glass that follows the pointer, over photographs and scans alike.
const SIDE = 220; // px on the screen
const TIMES = 4; // screen pixels for one of the picture, where the screen shows it one to one or smaller

let lens = null;

// `pictureOf` gives what is magnified: a canvas or picture of the view's size.
export function openLens(viewer, pictureOf) {
  closeLens();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [SIDE, SIDE];
  canvas.className = "lens";
  canvas.hidden = true;
  viewer.element.append(canvas);
  const move = (event) => look(viewer, pictureOf(), canvas, event);
  const leave = () => (canvas.hidden = true);
  viewer.element.addEventListener("pointermove", move);
  viewer.element.addEventListener("pointerleave", leave);
  lens = { canvas, viewer, move, leave };
}

export function closeLens() {
  if (!lens) return;
  lens.viewer.element?.removeEventListener("pointermove", lens.move);
  lens.viewer.element?.removeEventListener("pointerleave", lens.leave);
  lens.canvas.remove();
  lens = null;
}

function look(viewer, picture, canvas, event) {
  if (!picture) return;
  const frame = viewer.element.getBoundingClientRect();
  const at = new OpenSeadragon.Point(event.clientX - frame.left, event.clientY - frame.top);
  const { x, y } = viewer.viewport.viewerElementToImageCoordinates(at);
  const shown = viewer.viewport.viewportToImageZoom(viewer.viewport.getZoom(true));
  const reach = SIDE / (TIMES * Math.max(1, shown)); // px of the picture that the glass spans
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.clearRect(0, 0, SIDE, SIDE);
  context.drawImage(picture, x - reach / 2, y - reach / 2, reach, reach, 0, 0, SIDE, SIDE);
  canvas.style.left = `${at.x - SIDE / 2}px`;
  canvas.style.top = `${at.y - SIDE / 2}px`;
  canvas.hidden = false;
}
