// Checks a Juwu volunteer certificate without Juwu: what its QR code says, and
// the public keys that the community publishes at /verify/keys.json.
//   node docs/check-certificate.mjs TOKEN-OR-ADDRESS KEYS.json
// Ed25519 comes from Node (OpenSSL). It answers whether the statement is what
// was signed; whether it was revoked since only /verify knows.
import { createPublicKey, verify } from "node:crypto";
import { readFileSync } from "node:fs";

const [text, file] = process.argv.slice(2);
const parts = (text ?? "").split("/").pop().split(".");
const { keys } = JSON.parse(readFileSync(file, "utf8"));
const plain = (s) => {
  const b = Buffer.from(s ?? "", "base64url");
  if (b.toString("base64url") !== s) refuse("not written as base64url");
  return b;
};
if (parts.length !== 3 || parts[0] !== "JW1") refuse("no certificate");
const [payload, signature] = [plain(parts[1]), plain(parts[2])];
let statement;
try {
  statement = JSON.parse(payload);
} catch {
  refuse("no statement");
}
const key = keys.find((k) => k.id === statement.key) ?? refuse("unknown key " + statement.key);
const der = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), Buffer.from(key.ed25519, "base64")]);
if (!verify(null, payload, createPublicKey({ key: der, format: "der", type: "spki" }), signature)) refuse("the signature is wrong");
console.log(JSON.stringify(statement, null, 1));

function refuse(why) {
  console.error("NOT GENUINE: " + why);
  process.exit(1);
}
