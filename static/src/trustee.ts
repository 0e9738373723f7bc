// A trustee's own device. The 22 letters stay here and on paper; what is sent
// is public or sealed to the trustees themselves.
import { readBoard, recompute } from "./ballot/archive";
import type { Ciphertext } from "./ballot/ballot";
import { parseElection } from "./ballot/election";
import { Refusal } from "./ballot/group";
import { cert, decryptTally, decryptionKey, finish, makePolynomial, newSeed, openChannel, proveShare, type CeremonyInput, type SignedMessage } from "./ballot/trustee";
import { element, fill, one } from "./vote/dom";

const page = one("#trustee");
const data = page.dataset as Record<string, string>;
const form = one<HTMLFormElement>("form#submit");
const step = data.step!;
const kept = `juwu-trustee-${data.board}-${data.seat}`;
const field = () => one<HTMLInputElement>("#letters");
const says = () => one("[data-says]");
const button = () => one<HTMLButtonElement>("[data-do]");
const json = <T>(name: string): T => JSON.parse(one(`[data-json=${name}]`).textContent || "null") as T;

/** Groups of letters, as they are written down and read aloud. */
const grouped = (seed: string): string => (seed.match(/.{1,4}/g) ?? []).join(" ");
const letters = (): string => field().value.normalize("NFKC").replace(/\s/g, "");

function tell(text: string): void {
  says().textContent = text;
  says().hidden = text === "";
}

if (step === "cert") {
  const seed = newSeed();
  const paper = one("[data-paper]");
  grouped(seed).split(" ").forEach((g) => paper.append(element("span", "vote-word", g)));
  button().addEventListener("click", () => {
    if (letters() !== seed) return tell(data.differs!);
    localStorage.setItem(kept, seed);
    void submit(async () => ({ message: cert(openChannel(seed), Number(data.size), Number(data.threshold), Number(data.seat)) }));
  });
} else if (step) {
  // The rehearsal is for the paper: there the device's own memory is left out.
  if (step !== "rehearsal") field().value = grouped(localStorage.getItem(kept) ?? "");
  button().addEventListener("click", () => void submit(make));
}

async function make(): Promise<{ message: unknown; evidence?: unknown }> {
  const channel = openChannel(letters());
  const certs = json<SignedMessage[]>("certs");
  const threshold = Number(data.threshold);
  if (step === "polynomial") return { message: await makePolynomial(channel, certs, threshold) };
  if (step === "finish") return { message: await finish(channel, certs, threshold, json<CeremonyInput>("input")) };
  const election = parseElection(one("[data-json=election]").textContent!);
  const tally = json<Ciphertext[][]>("tally");
  if (step === "decrypt") await sameTally(election.uuid, tally);
  const secret = await decryptionKey(channel, one("[data-json=private]").textContent!);
  const share = decryptTally(election, data.key!, secret, tally);
  return { message: share, evidence: proveShare(election, data.key!, secret, tally, share) };
}

/**
 * A trustee decrypts one tally per election, and only the one that this device
 * has recomputed from the public board: another could be of a single ballot.
 */
async function sameTally(uuid: string, tally: Ciphertext[][]): Promise<void> {
  const mine = `juwu-tally-${uuid}`;
  const text = JSON.stringify(tally);
  const earlier = localStorage.getItem(mine);
  if (earlier && earlier !== text) throw new Error(data.second);
  const file = new Uint8Array(await (await fetch(data.bel!)).arrayBuffer());
  const board = readBoard(file);
  const { tally: own, counted } = await recompute(board, async (done) => {
    tell(fill(data.checking!, { n: done, all: board.ballots.length }));
    await new Promise((r) => setTimeout(r));
  });
  if (board.election.uuid !== uuid || JSON.stringify(own) !== text) throw new Error(data.tallydiffers);
  if (counted < Number(data.least)) throw new Error(data.few);
  localStorage.setItem(mine, text);
}

async function submit(make: () => Promise<{ message: unknown; evidence?: unknown }>): Promise<void> {
  button().disabled = true;
  tell(data.working!);
  try {
    const made = await make();
    one<HTMLInputElement>("[name=message]", form).value = JSON.stringify(made.message);
    one<HTMLInputElement>("[name=evidence]", form).value = made.evidence ? JSON.stringify(made.evidence) : "";
    form.requestSubmit();
  } catch (e) {
    tell(e instanceof Refusal ? fill(data.refused!, { code: e.code }) : e instanceof Error ? e.message : String(e));
    button().disabled = false;
  }
}
page.dataset.ready = "1";
