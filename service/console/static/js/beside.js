// A second view beside the first: the scan from the side, or the photograph beside the X-ray.
import { layXray } from "./xray/tools.js";

let second = null;

// `frames` draws the boxes of a view onto a viewer.
export function openBeside(page, views, view, options, frames) {
  closeBeside(page);
  const element = page.querySelector("#viewer-beside");
  element.hidden = false;
  page.querySelector(".viewers").classList.add("two");
  second = OpenSeadragon({ ...options, element });
  second.addOnceHandler("open", async () => {
    frames(second, view);
    await layXray(second, views[view]);
  });
  second.open({ type: "image", url: views[view].url, buildPyramid: false });
  element.dataset.shows = view;
}

export function closeBeside(page) {
  second?.destroy();
  second = null;
  const element = page.querySelector("#viewer-beside");
  if (element) element.hidden = true;
  page.querySelector(".viewers")?.classList.remove("two");
}

// The view that is looked at beside another: what shows something, of the other kind if there is one.
export function other(views, boxes, view) {
  const rest = views.map((_, index) => index).filter((index) => index !== view);
  const worth = (index) => (boxes.some((box) => box.view === index) ? 2 : 0) + (Boolean(views[index].planes) !== Boolean(views[view].planes) ? 1 : 0);
  return rest.sort((a, b) => worth(b) - worth(a))[0];
}
