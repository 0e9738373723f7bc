// Reading a board (specification section 2): the records in order, the chain
// of events, and the tally of the last ballot of each credential recomputed.
import { type Ballot, type Ciphertext, verifyBallot } from "./ballot";
import { type Election, parseElection, slots } from "./election";
import { Point, Refusal, digestHex, encodeAll, member } from "./group";

const BLOCK = 512;
const text = new TextDecoder("utf-8", { fatal: true });

interface Rec {
  name: string;
  body: string;
}

/** The records of an archive; header fields other than name and length are left to `juwu ballot verify`. */
export function* records(file: Uint8Array): Generator<Rec> {
  for (let at = 0; at < file.length; ) {
    const header = text.decode(file.subarray(at, at + BLOCK));
    const name = header.slice(0, 100).replace(/\0.*$/s, "");
    const size = parseInt(header.slice(124, 135), 8);
    const end = at + BLOCK + size;
    if (!(size >= 0) || end > file.length) throw new Refusal("archive.truncated");
    const body = text.decode(file.subarray(at + BLOCK, end));
    if (at > 0 && name.split(".")[0] !== digestHex(body)) throw new Refusal("archive.digest", name);
    yield { name, body };
    at = Math.ceil(end / BLOCK) * BLOCK;
  }
}

interface Event {
  parent?: string;
  height: number;
  type: string;
  payload?: string;
}

export interface Board {
  election: Election;
  trustees: string;
  credentials: string[];
  head: string;
  height: number;
  state: string;
  ballots: string[];
  /** The encrypted tally on the board, once it is there. */
  tally?: Ciphertext[][];
}

/** Follows the chain from the first event to the last. */
export function readBoard(file: Uint8Array): Board {
  let data: Rec[] = [];
  let head: string | undefined;
  let height = -1;
  let board: Board | undefined;
  let header = true;
  for (const r of records(file)) {
    if (header) {
      header = false;
      continue;
    }
    if (!r.name.endsWith(".event.json")) {
      data.push(r);
      continue;
    }
    const e = JSON.parse(r.body) as Event;
    if (e.parent !== head) throw new Refusal("event.parent");
    if (e.height !== height + 1) throw new Refusal("event.height");
    if (data.length > 0 && e.payload !== data[data.length - 1]!.name.split(".")[0]) throw new Refusal("event.payload");
    head = r.name.split(".")[0]!;
    height = e.height;
    board = carry(board, e, data, head);
    data = [];
  }
  if (!board) throw new Refusal("archive.empty");
  return board;
}

function carry(board: Board | undefined, e: Event, data: Rec[], head: string): Board {
  if (e.type === "Setup") {
    if (board || data.length !== 4) throw new Refusal("event.order");
    const [election, trustees, credentials] = data.map((r) => r.body) as [string, string, string, string];
    return { election: parseElection(election), trustees, credentials: JSON.parse(credentials) as string[], head, height: 0, state: e.type, ballots: [] };
  }
  if (!board) throw new Refusal("event.order");
  if (e.type === "Ballot") {
    if (board.state !== "Setup" && board.state !== "Ballot") throw new Refusal("event.order");
    board.ballots.push(data[0]!.body);
  }
  if (e.type === "EncryptedTally") board.tally = JSON.parse(data[0]!.body) as Ciphertext[][];
  return Object.assign(board, { head, height: e.height, state: e.type });
}

/**
 * Verifies every ballot and multiplies the last one of each credential. A trustee
 * decrypts only what this returns: a tally that somebody else made could be of one ballot.
 */
export async function recompute(board: Board, progress: (done: number) => void | Promise<void>): Promise<{ tally: Ciphertext[][]; counted: number }> {
  const listed = new Set(board.credentials.map((c) => c.split(",")[0]));
  const last = new Map<string, Ballot>();
  for (const [i, raw] of board.ballots.entries()) {
    const b = verifyBallot(board.election, raw);
    if (!listed.has(b.credential)) throw new Refusal("ballot.credential");
    last.set(b.credential, b);
    if (i % 4 === 3) await progress(i + 1);
  }
  const weight = new Map(board.credentials.map((c) => [c.split(",")[0]!, BigInt(c.split(",")[1] ?? 1)]));
  const tally = board.election.questions.map((q, i) => {
    const sums = Array.from({ length: 2 * slots(q) }, () => Point.ZERO);
    for (const [credential, b] of last) {
      b.answers[i]!.choices.forEach((x, j) => {
        [x.alpha, x.beta].forEach((hex, k) => {
          const w = weight.get(credential)!;
          if (w > 0n) sums[2 * j + k] = sums[2 * j + k]!.add(w === 1n ? member(hex) : member(hex).multiplyUnsafe(w));
        });
      });
    }
    const flat = encodeAll(sums);
    return Array.from({ length: slots(q) }, (_, j) => ({ alpha: flat[2 * j]!, beta: flat[2 * j + 1]! }));
  });
  return { tally, counted: last.size };
}
