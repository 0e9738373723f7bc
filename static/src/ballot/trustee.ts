// What a trustee does on a device of their own (specification sections 4, 5 and
// 10): take part in the key ceremony, decrypt the tally, prove it was right.
import type { Election } from "./election";
import type { Ciphertext } from "./ballot";
import {
  Point, Refusal, type Source, bigEndian, digest, digestHex, encode, encodeAll, exp, fromHex, hashToScalar, isBase58, key, member, mod,
  parseScalar, power, powerFast, randomBase58, randomScalar, toHex, bytesOf,
} from "./group";
import { type Proof, knows, proofOf, proveKnowledge } from "./proof";

export interface SignedMessage {
  message: string;
  signature: Proof;
}

function signMessage(message: string, secret: bigint, draw: Source): SignedMessage {
  return { message, signature: proveKnowledge(secret, `sigmsg|${message}|`, draw) };
}

const signedBy = (m: SignedMessage, k: Point): boolean => knows(k, `sigmsg|${m.message}|`, m.signature);

/** 22 characters, which fit on a slip of paper; both secrets come from them. */
export const newSeed = (): string => randomBase58(22);

export interface Channel {
  sign: bigint;
  open: bigint;
  verification: string;
  encryption: string;
}

export function openChannel(seed: string): Channel {
  if (seed.length !== 22 || !isBase58(seed)) throw new Refusal("credential.form");
  const [sign, open] = ["sk|", "dk|"].map((label) => mod(bigEndian(digest(label + seed)))) as [bigint, bigint];
  return { sign, open, verification: encode(exp(sign)), encryption: encode(exp(open)) };
}

/** Step 1: the promise to take part. */
export function cert(c: Channel, size: number, threshold: number, index: number, draw: Source = randomScalar): SignedMessage {
  const context = { group: "Ed25519", size, threshold, index };
  return signMessage(JSON.stringify({ context, verification: c.verification, encryption: c.encryption }), c.sign, draw);
}

interface Member {
  verification: Point;
  encryption: Point;
  encryptionHex: string;
}

/** Step 2: all keys are members, the context is exactly as agreed, each promise is signed. */
export function checkCerts(certs: SignedMessage[], size: number, threshold: number): Member[] {
  if (certs.length !== size || threshold < 1 || threshold >= size) throw new Refusal("threshold.size");
  return certs.map((m, i) => {
    const at = `certs[${i}]`;
    const k = JSON.parse(m.message) as { verification: string; encryption: string };
    const context = { group: "Ed25519", size, threshold, index: i + 1 };
    if (m.message !== JSON.stringify({ context, verification: k.verification, encryption: k.encryption })) throw new Refusal("threshold.context", at);
    const verification = key(k.verification, at);
    const encryption = key(k.encryption, at);
    if (!signedBy(m, verification)) throw new Refusal("threshold.cert", at);
    return { verification, encryption, encryptionHex: k.encryption };
  });
}

const certsMessage = (certs: SignedMessage[], coefexps: string[]): string => "certs_sig|" + JSON.stringify({ certs: certs.map(clean), coefexps });
const clean = (m: SignedMessage): SignedMessage => ({ message: m.message, signature: { challenge: m.signature.challenge, response: m.signature.response } });

function ownIndex(c: Channel, members: Member[]): number {
  const i = members.findIndex((m) => encode(m.verification) === c.verification && m.encryptionHex === c.encryption);
  if (i < 0) throw new Refusal("threshold.cert");
  return i;
}

/** What is handed in at step 3. */
export interface Polynomial {
  polynomial: string;
  secrets: string[];
  coefexps: SignedMessage;
  signature: Proof;
}

/** Step 3: a secret polynomial, its values sealed to the others, public commitments. */
export async function makePolynomial(c: Channel, certs: SignedMessage[], threshold: number, draw: Source = randomScalar): Promise<Polynomial> {
  const members = checkCerts(certs, certs.length, threshold);
  ownIndex(c, members);
  const a = Array.from({ length: threshold }, () => draw());
  const commitments = encodeAll(a.map(exp));
  const coefexps = signMessage(JSON.stringify({ coefexps: commitments }), c.sign, draw);
  const signature = signMessage(certsMessage(certs, commitments), c.sign, draw).signature;
  const polynomial = await send(c, c.encryption, JSON.stringify({ polynomial: a.map(String) }), draw);
  const secrets: string[] = [];
  for (const [i, m] of members.entries()) secrets.push(await send(c, m.encryptionHex, JSON.stringify({ secret: String(evaluate(a, i + 1)) }), draw));
  return { polynomial, secrets, coefexps, signature };
}

/** f(j) for the polynomial with coefficients a. */
const evaluate = (a: bigint[], j: number): bigint => a.reduceRight((v, x) => mod(v * BigInt(j) + x), 0n);

/** What the server gives to one trustee at step 4. */
export interface CeremonyInput {
  polynomial: string;
  secrets: string[];
  coefexps: SignedMessage[];
  signatures: Proof[];
}

export interface TrusteeKey {
  pok: Proof;
  public_key: string;
  signature?: Proof;
}

export interface CeremonyOutput {
  private_key: string;
  public_key: TrusteeKey;
}

/** Step 5: all were shown the same promises, every value fits its commitments; the sum is the key. */
export async function finish(c: Channel, certs: SignedMessage[], threshold: number, input: CeremonyInput, draw: Source = randomScalar): Promise<CeremonyOutput> {
  const members = checkCerts(certs, certs.length, threshold);
  const own = ownIndex(c, members);
  const lists = [input.secrets, input.coefexps, input.signatures];
  if (lists.some((l) => l.length !== certs.length)) throw new Refusal("threshold.size");
  let total = 0n;
  for (const [i, m] of members.entries()) {
    const commitments = checkCoefexps(certs, m, threshold, input.coefexps[i]!, input.signatures[i]!, `coefexps[${i}]`);
    const text = await receive(c, input.secrets[i]!, m.verification);
    const share = parseScalar((JSON.parse(text) as { secret: string }).secret);
    if (!exp(share).equals(committed(commitments, own + 1))) throw new Refusal("threshold.share", `secrets[${i}]`);
    total = mod(total + share);
  }
  const public_key = encode(exp(total));
  const pok = proveKnowledge(total, `pok|Ed25519|${public_key}|`, draw);
  const signature = signMessage(public_key, c.sign, draw).signature;
  const private_key = await send(c, c.encryption, JSON.stringify({ decryption_key: String(total) }), draw);
  return { private_key, public_key: { pok, public_key, signature } };
}

function checkCoefexps(certs: SignedMessage[], m: Member, threshold: number, signed: SignedMessage, signature: Proof, at: string): Point[] {
  const { coefexps } = JSON.parse(signed.message) as { coefexps: string[] };
  if (coefexps.length !== threshold || signed.message !== JSON.stringify({ coefexps })) throw new Refusal("threshold.coefexps", at);
  if (!signedBy(signed, m.verification)) throw new Refusal("threshold.coefexps", at);
  if (!signedBy({ message: certsMessage(certs, coefexps), signature }, m.verification)) throw new Refusal("threshold.signature", at);
  return coefexps.map((x) => key(x, at));
}

/** The public counterpart of a value of the polynomial at j. */
const committed = (commitments: Point[], j: number): Point => commitments.reduceRight((v, x) => powerFast(v, BigInt(j)).add(x), Point.ZERO);

/** Opens what the ceremony left for this trustee. */
export async function decryptionKey(c: Channel, privateKey: string): Promise<bigint> {
  const text = await receive(c, privateKey, key(c.verification));
  return parseScalar((JSON.parse(text) as { decryption_key: string }).decryption_key);
}

/** Encrypts m to the owner of the key `to`, signed by c. */
async function send(c: Channel, to: string, m: string, draw: Source): Promise<string> {
  const signed = signMessage(JSON.stringify({ recipient: to, message: m }), c.sign, draw);
  const [r, s] = [draw(), draw()];
  const shared = exp(s);
  const alpha = encode(exp(r));
  const beta = encode(power(key(to, "recipient"), r).add(shared));
  const { aes, iv } = await cipher(encode(shared), alpha, "encrypt");
  const data = await crypto.subtle.encrypt({ name: "AES-GCM", iv }, aes, new Uint8Array(bytesOf(JSON.stringify(signed))));
  return JSON.stringify({ algorithm: "AES-GCM", alpha, beta, data: toHex(new Uint8Array(data)) });
}

async function cipher(shared: string, alpha: string, use: "encrypt" | "decrypt") {
  const raw = new Uint8Array(digest("key|" + shared));
  const aes = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, [use]);
  return { aes, iv: new Uint8Array(digest("iv|" + alpha)) }; // all 32 bytes, as the format has it
}

async function receive(c: Channel, text: string, sender: Point): Promise<string> {
  const m = JSON.parse(text) as { algorithm: string; alpha: string; beta: string; data: string };
  if (m.algorithm !== "AES-GCM") throw new Refusal("threshold.private");
  const shared = member(m.beta, "beta").subtract(power(member(m.alpha, "alpha"), c.open));
  const { aes, iv } = await cipher(encode(shared), m.alpha, "decrypt");
  let plain: ArrayBuffer;
  try {
    plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv }, aes, new Uint8Array(fromHex(m.data)));
  } catch {
    throw new Refusal("threshold.private");
  }
  const signed = JSON.parse(new TextDecoder().decode(plain)) as SignedMessage;
  if (!signedBy(signed, sender)) throw new Refusal("threshold.sender");
  const inner = JSON.parse(signed.message) as { recipient: string; message: string };
  if (inner.recipient !== c.encryption) throw new Refusal("threshold.recipient");
  return inner.message;
}

export interface Share {
  decryption_factors: string[][];
  decryption_proofs: Proof[][];
}

/** A trustee's share of a tally (section 10). */
export function decryptTally(e: Election, publicKey: string, secret: bigint, tally: Ciphertext[][], draw: Source = randomScalar): Share {
  if (encode(exp(secret)) !== publicKey) throw new Refusal("trustee.secret");
  const prefix = `decrypt|${e.fingerprint}|${publicKey}|`;
  const out: Share = { decryption_factors: [], decryption_proofs: [] };
  tally.forEach((q, i) => {
    const alphas = q.map((x, j) => member(x.alpha, `[${i}][${j}]`));
    out.decryption_factors.push(alphas.map((a) => encode(power(a, secret))));
    out.decryption_proofs.push(alphas.map((a) => sameLogarithm(prefix, a, secret, draw)));
  });
  return out;
}

/** Evidence beside the archive: the same proof with the whole statement hashed, so that a wrong share is seen at once. */
export function proveShare(e: Election, publicKey: string, secret: bigint, tally: Ciphertext[][], share: Share, draw: Source = randomScalar): { evidence: Proof[][] } {
  const evidence = tally.map((q, i) =>
    q.map((x, j) => {
      const prefix = `juwu-decrypt|${e.fingerprint}|${publicKey}|${x.alpha}|${share.decryption_factors[i]![j]}|`;
      return sameLogarithm(prefix, member(x.alpha), secret, draw);
    }),
  );
  return { evidence };
}

function sameLogarithm(prefix: string, alpha: Point, secret: bigint, draw: Source): Proof {
  const w = draw();
  const c = hashToScalar(prefix, [encode(exp(w)), encode(power(alpha, w))]);
  return proofOf(c, mod(w - secret * c));
}

/** A short print of a record, for comparing by eye. */
export const print = (text: string): string => digestHex(text).slice(0, 16);
