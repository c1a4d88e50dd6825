// From 16-bit planes to what the eye sees, as inference/xray/display.py does it: only here do 8 bits come in.
const BRIGHT = 255;
const BLUR = 2; // px: sigma of the unsharp mask

// Brightness 0..255 of each 16-bit attenuation: white at the window's start, black at its end.
export function toneTable(look, [start, end], gamma) {
  const table = new Float32Array(65536);
  const span = Math.max(end - start, 1e-3);
  for (let value = 0; value < table.length; value += 1) {
    const share = Math.min(Math.max((value * look.step - start) / span, 0), 1);
    table[value] = BRIGHT * (1 - share ** gamma);
  }
  return table;
}

// Colour of each atomic number (256) at each brightness (256), as one RGBA word.
export function colourTable(look) {
  const table = new Uint32Array(65536);
  for (let number = 0; number < 256; number += 1) {
    const hue = number === 0 ? [0.5, 0.5, 0.5] : hueOf(look.hues, number * look.number);
    for (let tone = 0; tone < 256; tone += 1) {
      const light = tone / BRIGHT;
      const [r, g, b] = hue.map((own) => Math.round(BRIGHT * (light > 0.5 ? own + (1 - own) * (2 * light - 1) : own * 2 * light)));
      table[number * 256 + tone] = word(r, g, b);
    }
  }
  return table;
}

function hueOf(hues, number) {
  const after = hues.findIndex(([known]) => known >= number);
  if (after === 0) return hues[0][1];
  if (after < 0) return hues[hues.length - 1][1];
  const [[low, from], [high, to]] = [hues[after - 1], hues[after]];
  const share = (number - low) / (high - low);
  return from.map((own, index) => own + share * (to[index] - own));
}

function word(r, g, b) {
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
}

// The picture of the planes by `settings`: {mode, window, gamma, edges}; `colour` is from colourTable.
export function paint(planes, settings, look, colour) {
  const table = toneTable(look, settings.window, settings.gamma);
  const tones = new Float32Array(planes.deep.length);
  for (let at = 0; at < tones.length; at += 1) tones[at] = table[planes.deep[at]];
  if (settings.edges) sharpen(tones, planes, look.sharp);
  const image = new ImageData(planes.width, planes.height);
  const words = new Uint32Array(image.data.buffer);
  const coloured = planes.number !== null && ["colour", "organic", "metal"].includes(settings.mode);
  const metal = look.metal / look.number;
  for (let at = 0; at < words.length; at += 1) {
    let tone = Math.round(tones[at]);
    if (!coloured) {
      if (settings.mode === "inverse") tone = BRIGHT - tone;
      words[at] = word(tone, tone, tone);
      continue;
    }
    const number = planes.number[at];
    const stripped = settings.mode === "organic" ? number > metal : settings.mode === "metal" && number > 0 && number < metal;
    words[at] = colour[number * 256 + (stripped ? BRIGHT : tone)];
  }
  return image;
}

// The tones with what differs from their surroundings made stronger, in place.
function sharpen(tones, { width, height }, amount) {
  const around = blurred(tones, width, height);
  for (let at = 0; at < tones.length; at += 1) {
    tones[at] = Math.min(Math.max(tones[at] + amount * (tones[at] - around[at]), 0), BRIGHT);
  }
}

function blurred(tones, width, height) {
  const kernel = gaussian();
  return along(along(tones, width, height, 1, kernel), width, height, width, kernel);
}

function gaussian() {
  const reach = 4 * BLUR;
  const weights = Array.from({ length: 2 * reach + 1 }, (_, index) => Math.exp(-0.5 * ((index - reach) / BLUR) ** 2));
  const sum = weights.reduce((total, own) => total + own, 0);
  return weights.map((own) => own / sum);
}

// One pass along rows (step 1) or columns (step = width); beyond an edge the picture is mirrored.
function along(tones, width, height, step, kernel) {
  const reach = (kernel.length - 1) / 2;
  const [length, lines, stride] = step === 1 ? [width, height, width] : [height, width, 1];
  const out = new Float32Array(tones.length);
  for (let line = 0; line < lines; line += 1) {
    const start = line * stride;
    for (let at = 0; at < length; at += 1) {
      let sum = 0;
      for (let k = -reach; k <= reach; k += 1) sum += kernel[k + reach] * tones[start + mirrored(at + k, length) * step];
      out[start + at * step] = sum;
    }
  }
  return out;
}

function mirrored(at, length) {
  const inside = at < 0 ? -at : at >= length ? 2 * length - 2 - at : at;
  return Math.min(Math.max(inside, 0), length - 1);
}
