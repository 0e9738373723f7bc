// A tracker as six words: the first 66 bits of its digest, 11 bits a word. The
// lists are those of BIP-39, made so that no two words are mistaken for each
// other; in Chinese a word is one character.
import { wordlist as english } from "@scure/bip39/wordlists/english.js";
import { wordlist as chinese } from "@scure/bip39/wordlists/simplified-chinese.js";

export function trackerWords(tracker: string, lang: string): string[] {
  const list = lang.startsWith("zh") ? chinese : english;
  const bits = [...atob(tracker + "=")].map((c) => c.charCodeAt(0).toString(2).padStart(8, "0")).join("");
  return Array.from({ length: 6 }, (_, i) => list[parseInt(bits.slice(11 * i, 11 * i + 11), 2)]!);
}
