// The three documents that are fixed before the first ballot (sections 3 to 6).
import { type Point, digest, key, short } from "./group";

export interface Question {
  answers: string[];
  blank?: boolean;
  min: number;
  max: number;
  question: string;
}

export interface Election {
  uuid: string;
  name: string;
  description: string;
  questions: Question[];
  public_key: string;
  /** b64(SHA256(raw bytes)): everything that is signed or proven names it. */
  fingerprint: string;
  /** The decoded election key. */
  y: Point;
}

export function parseElection(raw: string): Election {
  const e = JSON.parse(raw) as Election & { group: string; version: number };
  if (e.version !== 1 || e.group !== "Ed25519") throw new Error("another format than this page knows");
  return { ...e, fingerprint: short(digest(raw)), y: key(e.public_key, "public_key") };
}

export const slots = (q: Question): number => q.answers.length + (q.blank ? 1 : 0);
export const first = (q: Question): number => (q.blank ? 1 : 0);

/** Per question one 0 or 1 per slot, the blank slot first where there is one. */
export type Votes = number[][];

export function allows(q: Question, votes: number[]): boolean {
  if (votes.length !== slots(q) || votes.some((m) => m !== 0 && m !== 1)) return false;
  const sum = votes.slice(first(q)).reduce((a, b) => a + b, 0);
  return q.blank && votes[0] === 1 ? sum === 0 : sum >= q.min && sum <= q.max;
}
