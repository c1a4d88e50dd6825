// Where the filed artwork is seen again: the same letter and colour in both pictures.
const SVG = "http://www.w3.org/2000/svg";
const LETTER_SHARE = 0.45; // of the place's height

function make(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function drawing(width, height, shapes) {
  const svg = make("svg", { viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
  shapes.forEach((points, number) => {
    svg.append(make("polygon", { class: `region region-${number}`, points: points.map((point) => point.join(",")).join(" ") }));
    const letter = make("text", { class: `letter region-${number}`, x: points[0][0], y: points[0][1], "font-size": Math.hypot(points[3][0] - points[0][0], points[3][1] - points[0][1]) * LETTER_SHARE });
    letter.textContent = "ABCD"[number];
    svg.append(letter);
  });
  return svg;
}

export async function fetchRegions(alert) {
  const answer = await fetch(`/console/alerts/${alert}/regions`);
  return answer.ok ? answer.json() : { regions: [] };
}

export function onArtwork(found) {
  const place = document.getElementById("artwork");
  if (!place || !found.regions.length) return;
  const corners = found.regions.map(({ artwork: [x1, y1, x2, y2] }) => [[x1, y1], [x2, y1], [x2, y2], [x1, y2]]);
  place.querySelector("svg")?.remove();
  place.append(drawing(found.artwork[0], found.artwork[1], corners));
  document.getElementById("matched").hidden = false;
}

export function onPhotograph(found, width, height) {
  return drawing(width, height, found.regions.map((region) => region.image));
}
