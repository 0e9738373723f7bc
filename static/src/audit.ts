// The second device: what does the ballot hold that the first one made? It
// trusts neither the first device nor the server: the key came from the first
// device's screen, the election's bytes are hashed here.
import { checkOpening, parseBallot, tracker, verifyBallot, type Opening } from "./ballot/ballot";
import { parseElection } from "./ballot/election";
import { Refusal } from "./ballot/group";
import { ask, element, fill, fromBase64, one } from "./vote/dom";
import { trackerWords } from "./vote/words";

const page = one("#audit");
const words = page.dataset as Record<string, string>;

async function open(): Promise<{ ballot: string; opening: Opening }> {
  const [shelf, key] = location.hash.slice(1).split(".");
  if (!shelf || !key) throw new Error(words.nokey);
  const answer = await ask<{ sealed: string }>(`${page.dataset.shelf!}/${encodeURIComponent(shelf)}`);
  if (!answer.ok) throw new Error(answer.message || words.offline);
  const sealed = fromBase64(answer.ok.sealed);
  const raw = fromBase64(key.replace(/-/g, "+").replace(/_/g, "/"));
  const aes = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
  const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: sealed.slice(0, 12) }, aes, sealed.slice(12));
  return JSON.parse(new TextDecoder().decode(plain)) as { ballot: string; opening: Opening };
}

async function run(): Promise<void> {
  const box = one("[data-result]", page);
  try {
    const election = parseElection(await (await fetch(page.dataset.election!)).text());
    const { ballot, opening } = await open();
    verifyBallot(election, ballot);
    checkOpening(election, parseBallot(ballot), opening);
    box.append(element("p", "vote-words", trackerWords(tracker(ballot), document.documentElement.lang).join(" ")));
    const list = element("dl", "answers");
    election.questions.forEach((q, i) => {
      const row = element("div", "answers__row");
      row.append(element("dt", "", q.question));
      const names = q.blank ? [words.blank!, ...q.answers] : q.answers;
      const picks = names.filter((_, j) => opening.votes[i]![j] === 1);
      (picks.length ? picks : [words.nobody!]).forEach((n) => row.append(element("dd", "vote-name", n)));
      list.append(row);
    });
    box.append(list);
    page.dataset.state = "right";
    one("[data-right]", page).hidden = false;
  } catch (e) {
    page.dataset.state = "wrong";
    const text = e instanceof Refusal ? fill(words.wrong!, { code: e.code }) : e instanceof Error && e.message ? e.message : words.offline!;
    one("[data-wrong-text]", page).textContent = text;
    one("[data-wrong]", page).hidden = false;
  }
  one("[data-working]", page).hidden = true;
}

void run();
