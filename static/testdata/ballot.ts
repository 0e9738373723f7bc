// The browser's protocol as a program for tests: one JSON request a line on
// standard input, one answer a line. ballot_test.go bundles and runs it.
import { createInterface } from "node:readline";
import { checkOpening, makeBallot, parseBallot, tracker, verifyBallot } from "../src/ballot/ballot.ts";
import { readBoard, recompute } from "../src/ballot/archive.ts";
import { deriveCredential, newCredential, publicCredential, readCredential } from "../src/ballot/credential.ts";
import { parseElection } from "../src/ballot/election.ts";
import { Point, Refusal, encode, exp, hashToScalar, member, mod, parseScalar, prepare, randomScalar } from "../src/ballot/group.ts";
import * as trustee from "../src/ballot/trustee.ts";

type Any = any; // eslint-disable-line -- requests are whatever the Go test sends

function source(list?: string[]): () => bigint {
  if (!list) return randomScalar;
  let i = 0;
  return () => parseScalar(list[i++]);
}

const board = (b64: string) => readBoard(new Uint8Array(Buffer.from(b64, "base64")));

const ops: Record<string, (q: Any) => unknown> = {
  group: () => ({ generator: encode(Point.BASE), identity: encode(Point.ZERO), twoG: encode(exp(2n)), minusG: encode(exp(mod(-1n))) }),
  hash: (q) => String(hashToScalar(q.prefix, q.elements)),
  member: (q) => encode(member(q.element)),
  credential: (q) => {
    const sk = deriveCredential(q.uuid, q.credential);
    return { sk: String(sk), public: publicCredential(sk) };
  },
  newCredential: (q) => {
    const c = newCredential();
    return { private: c, public: publicCredential(deriveCredential(q.uuid, c)) };
  },
  readCredential: (q) => readCredential(q.typed) ?? "",
  election: (q) => parseElection(q.election).fingerprint,
  make: (q) => {
    const e = parseElection(q.election);
    prepare(e.y);
    const b = makeBallot(e, deriveCredential(e.uuid, q.credential), q.votes, source(q.randomness));
    return { ...b, tracker: tracker(b.raw) };
  },
  verify: (q) => verifyBallot(parseElection(q.election), q.ballot).credential,
  opening: (q) => checkOpening(parseElection(q.election), parseBallot(q.ballot), q.opening),
  recompute: async (q) => (await recompute(board(q.board), () => {})).tally,
  board: (q) => {
    const b = board(q.board);
    return { head: b.head, height: b.height, ballots: b.ballots.length };
  },
  seed: () => trustee.newSeed(),
  channel: (q) => {
    const c = trustee.openChannel(q.seed);
    return { sk: String(c.sign), dk: String(c.open) };
  },
  cert: (q) => trustee.cert(trustee.openChannel(q.seed), q.size, q.threshold, q.index),
  polynomial: (q) => trustee.makePolynomial(trustee.openChannel(q.seed), q.certs, q.threshold),
  finish: (q) => trustee.finish(trustee.openChannel(q.seed), q.certs, q.threshold, q.input),
  key: async (q) => String(await trustee.decryptionKey(trustee.openChannel(q.seed), q.private)),
  decrypt: (q) => {
    const e = parseElection(q.election);
    const share = trustee.decryptTally(e, q.public, parseScalar(q.secret), q.tally);
    return { share, evidence: trustee.proveShare(e, q.public, parseScalar(q.secret), q.tally, share) };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const q = JSON.parse(line);
  let answer: Any;
  try {
    answer = { ok: (await ops[q.op]!(q)) ?? null };
  } catch (e) {
    answer = { refused: e instanceof Refusal ? e.code : String(e) };
  }
  console.log(JSON.stringify(answer));
}
