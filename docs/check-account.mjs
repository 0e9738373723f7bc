// Checks the published accounts of a community without trusting the program
// that published them: node check-account.mjs https://HOST/COMMUNITY
// It needs nothing but Node. Compare the last fingerprints with those printed
// on the board sheets: whoever changed the past would have to change paper too.
import { createHash, verify } from "node:crypto";

const site = process.argv[2];
const get = async (path) => (await fetch(site + path)).json();
const sha256 = (...parts) => parts.reduce((h, p) => h.update(p), createHash("sha256")).digest("hex");
const wrong = (what) => { console.log("WRONG: " + what); process.exitCode = 1; };

const proof = await get("/proof.json");
const n = (v) => { const b = Buffer.alloc(8); b.writeBigInt64BE(BigInt(v)); return b; };
const head = Buffer.concat([Buffer.from("juwu audit head 1"), n(proof.community), n(proof.seq), Buffer.from(proof.head, "hex")]);
const key = { key: Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(proof.key, "hex")]), format: "der", type: "spki" };
if (!verify(null, head, key, Buffer.from(proof.signature, "hex"))) wrong("the head's signature");

let previous = "";
for (const p of proof.publications.toReversed()) {
  const e = await get(`/proof/${p.seq}.json`);
  if (sha256(e.text) !== p.fingerprint || e.fingerprint !== p.fingerprint) wrong(`the fingerprint of ${p.number}`);
  if (p.previous !== previous || !e.text.includes(`\nprevious\t${previous}\n`)) wrong(`${p.number} does not follow the one before`);
  for (const w of e.words) {
    const hash = sha256(Buffer.from(w.key, "hex"), w.open + "\n" + w.text);
    if (hash !== w.hash || !e.text.includes(`line\t${w.open}\t`) || !e.text.includes(hash)) wrong(`line ${w.line} of ${p.number}`);
  }
  previous = p.fingerprint;
  console.log(`${p.number}  ${p.month} version ${p.version}  ${p.fingerprint}  ${e.words.length} texts`);
}
console.log(`${proof.publications.length} publications checked`);
