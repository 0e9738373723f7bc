// Ballots (specification section 7): encrypting, proving, signing; opening one
// that is thrown away; verifying.
import { type Election, type Question, type Votes, allows, first, slots } from "./election";
import {
  IDENTITY, Point, Refusal, type Source, digest, encodeAll, exp, hashToScalar, key, member, mod, parseScalar, power, powerFast,
  randomScalar, short,
} from "./group";
import { type Proof, knows, proofOf, proveKnowledge } from "./proof";
import { publicCredential } from "./credential";

export interface Ciphertext {
  alpha: string;
  beta: string;
}

export interface Answer {
  choices: Ciphertext[];
  individual_proofs: [Proof, Proof][];
  overall_proof: Proof[];
  blank_proof?: Proof[];
}

export interface Ballot {
  election_uuid: string;
  election_hash: string;
  credential: string;
  answers: Answer[];
  signature: { hash: string; proof: Proof };
}

/** What another device needs to see what a ballot holds. */
export interface Opening {
  votes: Votes;
  randomness: string[][];
}

/** What a voter keeps to find the ballot on the board. */
export const tracker = (raw: string): string => short(digest(raw));

const sum = (list: bigint[]): bigint => mod(list.reduce((a, b) => a + b, 0n));
const pairs = (list: Ciphertext[]): string => list.map((x) => `${x.alpha},${x.beta}`).join(",");

/** Encrypts, proves and signs. secret is the derived credential. */
export function makeBallot(e: Election, secret: bigint, votes: Votes, draw: Source = randomScalar): { raw: string; opening: Opening } {
  if (votes.length !== e.questions.length || !e.questions.every((q, i) => allows(q, votes[i]!))) throw new Refusal("choice");
  const credential = publicCredential(secret);
  const randomness: bigint[][] = [];
  const answers = e.questions.map((q, i) => {
    const r = votes[i]!.map(() => draw());
    randomness.push(r);
    return answer(e, q, votes[i]!, r, `${e.fingerprint}|${credential}`, draw);
  });
  const signed = { election_uuid: e.uuid, election_hash: e.fingerprint, credential, answers };
  const hash = short(digest(JSON.stringify(signed)));
  const signature = { hash, proof: proveKnowledge(secret, `sig|${hash}|`, draw) };
  const raw = JSON.stringify({ ...signed, signature });
  return { raw, opening: { votes, randomness: randomness.map((q) => q.map(String)) } };
}

/** alpha = g^r, beta = y^r g^m. */
function encrypt(e: Election, m: number[], r: bigint[]): Ciphertext[] {
  const points = encodeAll(m.flatMap((m, j) => [exp(r[j]!), power(e.y, r[j]!).add(m ? Point.BASE : Point.ZERO)]));
  return m.map((_, j) => ({ alpha: points[2 * j]!, beta: points[2 * j + 1]! }));
}

function answer(e: Election, q: Question, votes: number[], r: bigint[], s0: string, draw: Source): Answer {
  const choices = encrypt(e, votes, r);
  const witness = sum(r.slice(first(q)));
  const chosen = votes.slice(first(q)).reduce((a, b) => a + b, 0);
  const individual_proofs = votes.map((m, j) => {
    const x = choices[j]!;
    return prove(e, `prove|${s0}|${x.alpha},${x.beta}|`, [{ r: r[j]!, d: m }, { r: r[j]!, d: m - 1 }], m, draw) as [Proof, Proof];
  });
  const s = `${s0}|${pairs(choices)}`;
  const claims: Claim[] = [];
  for (let m = q.min; m <= q.max; m++) claims.push({ r: witness, d: chosen - m });
  if (!q.blank) {
    const total = encodeAll([exp(witness), power(e.y, witness).add(powerFast(Point.BASE, BigInt(chosen)))]);
    return { choices, individual_proofs, overall_proof: prove(e, `prove|${s}|${total.join(",")}|`, claims, chosen - q.min, draw) };
  }
  const blank = votes[0]!;
  const blank_proof = prove(e, `bproof0|${s}|`, [{ r: r[0]!, d: blank }, { r: witness, d: chosen }], blank, draw);
  claims.unshift({ r: r[0]!, d: blank - 1 });
  const overall_proof = prove(e, `bproof1|${s}|`, claims, blank ? 0 : 1 + chosen - q.min, draw);
  return { choices, individual_proofs, overall_proof, blank_proof };
}

/** One alternative: the ciphertext made with r is d away from what is claimed; exactly d = 0 is proven. */
interface Claim {
  r: bigint;
  d: number;
}

/** The OR-proof. Because the prover knows r, the simulated commitments are powers of g and y. */
function prove(e: Election, prefix: string, claims: Claim[], which: number, draw: Source): Proof[] {
  const c: bigint[] = [];
  const r: bigint[] = [];
  const exponents: bigint[] = [];
  claims.forEach((x, j) => {
    if (j === which) return;
    [c[j], r[j]] = [draw(), draw()];
    exponents[j] = mod(r[j]! + x.r * c[j]!);
  });
  const w = (exponents[which] = draw());
  const commits = claims.flatMap((x, j) => {
    const b = power(e.y, exponents[j]!);
    return [exp(exponents[j]!), j === which ? b : b.add(exp(mod(BigInt(x.d) * c[j]!)))];
  });
  const others = sum(c.filter((_, j) => j !== which));
  c[which] = mod(hashToScalar(prefix, encodeAll(commits)) - others);
  r[which] = mod(w - claims[which]!.r * c[which]!);
  return claims.map((_, j) => proofOf(c[j]!, r[j]!));
}

/** Encrypts the votes of an opening again and compares: what it accepts is what the ballot holds. */
export function checkOpening(e: Election, b: Ballot, o: Opening): void {
  checkShape(e, b);
  if (o.votes.length !== e.questions.length || o.randomness.length !== o.votes.length) throw new Refusal("ballot.shape");
  e.questions.forEach((q, i) => {
    if (!allows(q, o.votes[i]!)) throw new Refusal("choice", `[${i}]`);
    if (o.randomness[i]!.length !== slots(q)) throw new Refusal("ballot.shape", `randomness[${i}]`);
    const again = encrypt(e, o.votes[i]!, o.randomness[i]!.map(parseScalar));
    if (pairs(again) !== pairs(b.answers[i]!.choices)) throw new Refusal("ballot.opening", `answers[${i}]`);
  });
}

function checkShape(e: Election, b: Ballot): void {
  const wrong = (at: string) => new Refusal("ballot.shape", at);
  if (b.answers.length !== e.questions.length) throw wrong("answers");
  e.questions.forEach((q, i) => {
    const a = b.answers[i]!;
    const overall = q.max - q.min + 1 + first(q);
    const lengths = [a.choices.length, a.individual_proofs.length, a.overall_proof.length, a.blank_proof?.length ?? 0];
    if (lengths.join() !== [slots(q), slots(q), overall, q.blank ? 2 : 0].join()) throw wrong(`answers[${i}]`);
  });
}

/** The only accepted form of a ballot: parsing and writing gives the same bytes. */
export function parseBallot(raw: string): Ballot {
  let b: Ballot;
  try {
    b = JSON.parse(raw) as Ballot;
    if (JSON.stringify(canonical(b)) === raw) return b;
  } catch {
    // answered below
  }
  throw new Refusal("syntax");
}

const canonicalProof = (p: Proof): Proof => ({ challenge: p.challenge, response: p.response });

function canonical(b: Ballot): Ballot {
  const answers = b.answers.map((a) => ({
    choices: a.choices.map((x) => ({ alpha: x.alpha, beta: x.beta })),
    individual_proofs: a.individual_proofs.map((p) => p.map(canonicalProof) as [Proof, Proof]),
    overall_proof: a.overall_proof.map(canonicalProof),
    ...(a.blank_proof && { blank_proof: a.blank_proof.map(canonicalProof) }),
  }));
  const signature = { hash: b.signature.hash, proof: canonicalProof(b.signature.proof) };
  return { election_uuid: b.election_uuid, election_hash: b.election_hash, credential: b.credential, answers, signature };
}

/** Everything about a ballot but whether its credential is listed and its bytes are new. */
export function verifyBallot(e: Election, raw: string): Ballot {
  const b = parseBallot(raw);
  if (b.election_uuid !== e.uuid) throw new Refusal("ballot.election");
  if (b.election_hash !== e.fingerprint) throw new Refusal("ballot.fingerprint");
  const { signature, ...signed } = b;
  if (signature.hash !== short(digest(JSON.stringify(signed)))) throw new Refusal("ballot.hash");
  if (!knows(key(b.credential, "credential"), `sig|${signature.hash}|`, signature.proof)) throw new Refusal("ballot.signature");
  checkShape(e, b);
  b.answers.forEach((a, i) => verifyAnswer(e, e.questions[i]!, a, `${e.fingerprint}|${b.credential}`, `answers[${i}]`));
  return b;
}

type Pair = { a: Point; b: Point };

function verifyAnswer(e: Election, q: Question, a: Answer, s0: string, at: string): void {
  const points = a.choices.map((x, j): Pair => {
    if (x.alpha === IDENTITY || x.beta === IDENTITY) throw new Refusal("element.identity", at);
    const here = `${at}.choices[${j}]`;
    return { a: member(x.alpha, here), b: member(x.beta, here) };
  });
  points.forEach((p, j) => {
    const x = a.choices[j]!;
    const claims: [Pair, number][] = [[p, 0], [p, 1]];
    if (!proven(e, `prove|${s0}|${x.alpha},${x.beta}|`, claims, a.individual_proofs[j]!)) throw new Refusal("ballot.individual-proof", at);
  });
  const total = points.slice(first(q)).reduce<Pair>((s, p) => ({ a: s.a.add(p.a), b: s.b.add(p.b) }), { a: Point.ZERO, b: Point.ZERO });
  const s = `${s0}|${pairs(a.choices)}`;
  const claims: [Pair, number][] = [];
  for (let m = q.min; m <= q.max; m++) claims.push([total, m]);
  let prefix = `prove|${s}|${encodeAll([total.a, total.b]).join(",")}|`;
  if (q.blank) {
    if (!proven(e, `bproof0|${s}|`, [[points[0]!, 0], [total, 0]], a.blank_proof!)) throw new Refusal("ballot.blank-proof", at);
    claims.unshift([points[0]!, 1]);
    prefix = `bproof1|${s}|`;
  }
  if (!proven(e, prefix, claims, a.overall_proof)) throw new Refusal("ballot.overall-proof", at);
}

/** Verifies an OR-proof: A = g^r a^c, B = y^r (b/g^m)^c. */
function proven(e: Election, prefix: string, claims: [Pair, number][], proofs: Proof[]): boolean {
  let total = 0n;
  const commits = claims.flatMap(([x, m], j) => {
    const c = parseScalar(proofs[j]!.challenge);
    const r = parseScalar(proofs[j]!.response);
    total += c;
    const b = power(e.y, r).add(powerFast(x.b, c)).subtract(powerFast(Point.BASE, mod(BigInt(m) * c)));
    return [exp(r).add(powerFast(x.a, c)), b];
  });
  return hashToScalar(prefix, encodeAll(commits)) === mod(total);
}

