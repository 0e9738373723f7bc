// Credentials (specification section 6): what stands on a voter's slip.
import { Refusal, bigEndian, digest, encode, exp, isBase58, mod, randomBase58 } from "./group";

/** 128 bits as XXXXX-XXXXXX-XXXXX-XXXXXX; the dashes belong to it. */
export function newCredential(): string {
  return dashed(randomBase58(22));
}

const dashed = (s: string): string => [s.slice(0, 5), s.slice(5, 11), s.slice(11, 16), s.slice(16)].join("-");

/** What people type from paper: blanks and dashes anywhere. undefined if it cannot be a credential. */
export function readCredential(typed: string): string | undefined {
  const s = typed.normalize("NFKC").replace(/[^0-9A-Za-z]/g, "");
  return s.length === 22 && isBase58(s) ? dashed(s) : undefined;
}

/** The signing secret of a private credential. */
export function deriveCredential(uuid: string, credential: string): bigint {
  if (readCredential(credential) !== credential) throw new Refusal("credential.form");
  const wide = new Uint8Array(64);
  for (const i of [0, 1]) wide.set(digest(`derive_credential|${uuid}|${i}|${credential}`), 32 * i);
  return mod(bigEndian(wide));
}

export const publicCredential = (secret: bigint): string => encode(exp(secret));
