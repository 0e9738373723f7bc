// Draws a meeting's public lottery again. Usage:
//   node check-lottery.mjs https://site/community/meetings/ID/lottery.json
import { createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";

const from = process.argv[2] ?? "";
const l = JSON.parse(from.startsWith("http") ? await (await fetch(from)).text() : readFileSync(from || 0, "utf8"));
const sha = (s) => createHash("sha256").update(s).digest("hex");
const wrong = (what) => { console.log("WRONG: " + what); process.exit(1); };
if (sha("juwu lottery secret\n" + l.secret) !== l.secret_sha256) wrong("the secret is not the one bound before");
if (sha("juwu lottery seed\n" + l.secret + "\n" + l.words) !== l.seed) wrong("the seed is not made of secret and words");
const weight = (t) => createHmac("sha256", Buffer.from(l.seed, "hex")).update(t).digest("hex");
const free = Object.fromEntries(l.seats.map((s) => [s.part + "/" + s.pool, s.total]));
let wait = 0;
const drawn = l.tickets.map((t) => [weight(t.ticket), t]).sort((a, b) => (a[0] < b[0] ? -1 : 1)).map(([, t]) => {
  const pool = [t.group, "open"].find((p) => free[t.part + "/" + p] > 0) ?? "";
  if (pool) free[t.part + "/" + pool]--;
  return { ...t, seat: pool, wait: pool ? 0 : ++wait };
});
if (JSON.stringify(drawn) !== JSON.stringify(l.tickets)) wrong("another order, or another outcome");
console.log(`${drawn.length} tickets drawn again: the same list`);
