// A scan's planes as the service packs them (inference/xray/planes.py): 16 bits of attenuation, 8 of atomic number.
const MAGIC = "TWXP";
const VERSION = 1;
const MATERIALS = 1;
const HEADER = 16; // bytes

export async function fetchPlanes(url) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url}: ${answer.status}`);
  return unpack(await answer.arrayBuffer());
}

export function unpack(buffer) {
  const head = new DataView(buffer);
  const magic = String.fromCharCode(...new Uint8Array(buffer, 0, 4));
  if (magic !== MAGIC || head.getUint16(4, true) !== VERSION) throw new Error("these are no planes of a scan");
  const width = head.getUint32(8, true);
  const height = head.getUint32(12, true);
  const count = width * height;
  const known = (head.getUint16(6, true) & MATERIALS) !== 0;
  return {
    width,
    height,
    deep: new Uint16Array(buffer, HEADER, count), // both ends of the wire are little-endian
    number: known ? new Uint8Array(buffer, HEADER + 2 * count, count) : null,
  };
}
