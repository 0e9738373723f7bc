// The group Ed25519 as Belenios 3.x writes it (specification section 1), on
// @noble/curves. The names follow package ballot, so that both can be read
// beside the specification.
//
// Randomness comes from crypto.getRandomValues and from nothing else. What
// handles a secret multiplies with the library's constant-time ladder.
import { normalizeZ } from "@noble/curves/abstract/curve.js";
import { ed25519 } from "@noble/curves/ed25519.js";
import { sha256 } from "@noble/hashes/sha2.js";

export const Point = ed25519.Point;
export type Point = InstanceType<typeof Point>;
export type Source = () => bigint;

/** The group order l. */
export const L = Point.Fn.ORDER;

export const mod = (n: bigint): bigint => ((n % L) + L) % L;

const utf8 = new TextEncoder();
export const bytesOf = (s: string): Uint8Array => utf8.encode(s);
export const toHex = (b: Uint8Array): string => Array.from(b, (x) => x.toString(16).padStart(2, "0")).join("");

export function fromHex(s: string): Uint8Array {
  if (!/^(?:[0-9a-f]{2})*$/.test(s)) throw new Refusal("element.form");
  return Uint8Array.from(s.match(/../g) ?? [], (x) => parseInt(x, 16));
}

/** What is wrong with something that came from outside; the codes are those of package ballot. */
export class Refusal extends Error {
  constructor(
    readonly code: string,
    readonly at = "",
  ) {
    super(at ? `${code} at ${at}` : code);
  }
}

/** A scalar other than 0. */
export function randomScalar(): bigint {
  for (;;) {
    const n = mod(bigEndian(crypto.getRandomValues(new Uint8Array(64))));
    if (n !== 0n) return n;
  }
}

export const bigEndian = (b: Uint8Array): bigint => BigInt("0x" + (toHex(b) || "0"));

/** The canonical decimal form: no sign, no leading zero, less than l. */
export function parseScalar(s: unknown): bigint {
  if (typeof s !== "string" || !/^(?:0|[1-9][0-9]{0,75})$/.test(s)) throw new Refusal("scalar.form");
  const n = BigInt(s);
  if (n >= L) throw new Refusal("scalar.range");
  return n;
}

/** 64 lower-case hex digits: the 32 bytes of RFC 8032 in reverse order. */
export const encode = (p: Point): string => toHex(p.toBytes().reverse());

/** Many points at the price of one inversion. */
export const encodeAll = (list: Point[]): string[] => normalizeZ(Point, list).map(encode);

export const IDENTITY = encode(Point.ZERO);

/** A canonical element of the prime-order group; the identity is one. */
export function member(hex: unknown, at = ""): Point {
  if (typeof hex !== "string" || !/^[0-9a-f]{64}$/.test(hex)) throw new Refusal("element.form", at);
  let p: Point;
  try {
    p = Point.fromBytes(fromHex(hex).reverse());
  } catch {
    throw new Refusal("element.not-on-curve", at);
  }
  if (encode(p) !== hex) throw new Refusal("element.not-canonical", at);
  if (!p.isTorsionFree()) throw new Refusal("element.torsion", at);
  return p;
}

/** member for keys and credentials, for which the identity would mean the secret 0. */
export function key(hex: unknown, at = ""): Point {
  if (hex === IDENTITY) throw new Refusal("element.identity", at);
  return member(hex, at);
}

/** p^s, constant-time in s. The library refuses the scalar 0. */
export const power = (p: Point, s: bigint): Point => (s === 0n ? Point.ZERO : p.multiply(s));

/** g^s. */
export const exp = (s: bigint): Point => power(Point.BASE, s);

/** Public data only. */
export const powerFast = (p: Point, s: bigint): Point => (s === 0n ? Point.ZERO : p.multiplyUnsafe(s));

// A constant-time look-up reads the whole window, so a larger one than this only
// makes the tables dearer (8: twice the time), and no ballot cheaper.
const WINDOW = 6;

/** Prepares the tables of g and y: with them a power costs a tenth. */
export function prepare(y: Point): Point {
  Point.BASE.precompute(WINDOW, false);
  return y.precompute(WINDOW, false);
}

export const digest = (b: Uint8Array | string): Uint8Array => sha256(typeof b === "string" ? bytesOf(b) : b);
export const digestHex = (b: Uint8Array | string): string => toHex(digest(b));

/** Standard base64 without padding, 43 characters: fingerprints and trackers. */
export const short = (d: Uint8Array): string => btoa(String.fromCharCode(...d)).replace(/=+$/, "");

/** H(prefix; e1, .., en) of the specification. */
export const hashToScalar = (prefix: string, elements: string[]): bigint => mod(bigEndian(digest(prefix + elements.join(","))));

const BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
export const isBase58 = (s: string): boolean => [...s].every((c) => BASE58.includes(c));

/** n characters without bias: 4*58 of the 256 bytes are used. */
export function randomBase58(n: number): string {
  let s = "";
  while (s.length < n) {
    const b = crypto.getRandomValues(new Uint8Array(1))[0]!;
    if (b < 4 * 58) s += BASE58[b % 58];
  }
  return s;
}
