// Encrypting a voter's ballot in a worker of its own: the tables are made while
// the voter reads, and the page stays alive while it encrypts.
import { makeBallot, tracker } from "../ballot/ballot";
import { deriveCredential } from "../ballot/credential";
import { type Election, type Votes, parseElection } from "../ballot/election";
import { Refusal, exp, power, prepare, randomScalar } from "../ballot/group";

export type Request = { kind: "prepare"; election: string } | { kind: "encrypt"; credential: string; votes: Votes };
export interface Sealed {
  raw: string;
  opening: { votes: Votes; randomness: string[][] };
  tracker: string;
}
export type Reply = { kind: "prepared" } | ({ kind: "sealed" } & Sealed) | { kind: "refused"; code: string };

interface Scope {
  onmessage: ((e: MessageEvent<Request>) => void) | null;
  postMessage(m: Reply): void;
}

export function serve(scope: Scope): void {
  let election: Election | undefined;
  scope.onmessage = ({ data }) => {
    try {
      if (data.kind === "prepare") {
        election = parseElection(data.election);
        power(prepare(election.y), 2n); // makes the tables now
        exp(2n);
        rehearse(election);
        scope.postMessage({ kind: "prepared" });
        return;
      }
      if (!election) throw new Refusal("early");
      const made = makeBallot(election, deriveCredential(election.uuid, data.credential), data.votes);
      scope.postMessage({ kind: "sealed", ...made, tracker: tracker(made.raw) });
    } catch (e) {
      scope.postMessage({ kind: "refused", code: e instanceof Refusal ? e.code : String(e) });
    }
  };
}

/** Makes a ballot of nobody and forgets it: only then is the program compiled, and the voter's own is made in half the time. */
function rehearse(e: Election): void {
  makeBallot(
    e,
    randomScalar(),
    e.questions.map((q) => [...(q.blank ? [0] : []), ...q.answers.map((_, i) => (i < Math.max(q.min, 1) && i < q.max ? 1 : 0))]),
  );
}
