// Our own app icon, from one set of polygons: an SVG for browsers, PNGs for
// home screens. A house (居) whose door is a speech mark (通: to be told).
import { deflateSync } from "node:zlib";

const GREEN = [0x06, 0x7d, 0x42];
const WHITE = [0xff, 0xff, 0xff];

// On a 512 grid. Each shape covers the ones before it.
const shapes = (rounded) => [
  { fill: GREEN, rounded },
  { fill: WHITE, points: [[256, 104], [424, 244], [398, 275], [256, 157], [114, 275], [88, 244]] },
  { fill: WHITE, points: [[140, 284], [256, 188], [372, 284], [372, 400], [140, 400]] },
  { fill: GREEN, points: [[196, 284], [316, 284], [316, 352], [266, 352], [236, 378], [236, 352], [196, 352]] },
  { fill: WHITE, points: [[220, 304], [292, 304], [292, 312], [220, 312]] },
  { fill: WHITE, points: [[220, 324], [268, 324], [268, 332], [220, 332]] },
];

const hex = (c) => "#" + c.map((v) => v.toString(16).padStart(2, "0")).join("");

export function iconSVG() {
  const parts = shapes(112).map((s) =>
    s.points
      ? `<path fill="${hex(s.fill)}" d="M${s.points.map((p) => p.join(" ")).join("L")}z"/>`
      : `<rect fill="${hex(s.fill)}" width="512" height="512" rx="${s.rounded}"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 512 512">${parts.join("")}</svg>`;
}

function inside(shape, x, y) {
  if (shape.points) {
    let odd = false;
    const p = shape.points;
    for (let i = 0, j = p.length - 1; i < p.length; j = i++) {
      if (p[i][1] > y !== p[j][1] > y && x < ((p[j][0] - p[i][0]) * (y - p[i][1])) / (p[j][1] - p[i][1]) + p[i][0]) odd = !odd;
    }
    return odd;
  }
  const r = shape.rounded;
  const dx = Math.max(r - x, x - (512 - r), 0);
  const dy = Math.max(r - y, y - (512 - r), 0);
  return r === 0 || dx * dx + dy * dy <= r * r;
}

/** One pixel: 4 × 4 samples of the topmost shape, averaged. */
function pixel(list, px, py, size) {
  const sum = [0, 0, 0, 0];
  for (let i = 0; i < 16; i++) {
    const x = ((px + ((i & 3) + 0.5) / 4) * 512) / size;
    const y = ((py + ((i >> 2) + 0.5) / 4) * 512) / size;
    const top = list.findLast((s) => inside(s, x, y));
    if (top) {
      top.fill.forEach((v, k) => (sum[k] += v));
      sum[3]++;
    }
  }
  const n = sum[3] || 1;
  return [sum[0] / n, sum[1] / n, sum[2] / n, (sum[3] * 255) / 16].map(Math.round);
}

const crcTable = Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n >>> 0;
});

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  let c = 0xffffffff;
  for (const b of body) c = crcTable[(c ^ b) & 255] ^ (c >>> 8);
  const out = Buffer.alloc(8);
  out.writeUInt32BE(data.length, 0);
  out.writeUInt32BE((c ^ 0xffffffff) >>> 0, 4);
  return Buffer.concat([out.subarray(0, 4), body, out.subarray(4)]);
}

/** A PNG of the icon; square to the edges for home screens that cut their own shape. */
export function iconPNG(size, { square = false } = {}) {
  const list = shapes(square ? 0 : 112);
  const raw = Buffer.alloc(size * (size * 4 + 1));
  for (let y = 0, o = 0; y < size; y++) {
    raw[o++] = 0;
    for (let x = 0; x < size; x++) for (const v of pixel(list, x, y, size)) raw[o++] = v;
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 6, 0, 0, 0], 8);
  const sign = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([sign, chunk("IHDR", head), chunk("IDAT", deflateSync(raw, { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}
