// Proofs that are a challenge and a response (specification sections 4, 5, 7).
import { type Point, type Source, encode, exp, hashToScalar, mod, parseScalar, powerFast } from "./group";

/** As it stands in a record: two decimal numbers, in this order. */
export interface Proof {
  challenge: string;
  response: string;
}

export const proofOf = (challenge: bigint, response: bigint): Proof => ({ challenge: String(challenge), response: String(response) });

/** Proves knowledge of secret: trustee keys, signed messages, ballot signatures. */
export function proveKnowledge(secret: bigint, prefix: string, draw: Source): Proof {
  const w = draw();
  const c = hashToScalar(prefix, [encode(exp(w))]);
  return proofOf(c, mod(w - secret * c));
}

/** Verifies a proof of knowledge of the logarithm of x. */
export function knows(x: Point, prefix: string, p: Proof): boolean {
  const c = parseScalar(p.challenge);
  const commitment = exp(parseScalar(p.response)).add(powerFast(x, c));
  return hashToScalar(prefix, [encode(commitment)]) === c;
}
