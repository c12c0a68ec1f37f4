/** Finding words in a transcript, and what a correction changes. Pure. */
import type { Utterance, Word } from "../../protocol.gen";

/** The text without case, accents and curly quotes, letter for letter, so that places in it are places in `text`. */
export function folded(text: string): string {
  return [...text]
    .map((letter) => (letter.length > 1 ? letter : (letter.normalize("NFKD")[0] ?? letter).toLowerCase()[0]))
    .join("")
    .replace(/[‘’]/g, "'")
    .replace(/[“”]/g, '"');
}

export function textOf(words: readonly Word[]): string {
  return words.map((word) => word.text.trim()).join(" ");
}

/** One place: letters `from` to `to` of an utterance's text. */
export interface Hit {
  seq: number;
  from: number;
  to: number;
}

export function hitsIn(utterances: readonly Utterance[], sought: string): Hit[] {
  const wanted = folded(sought.trim().replace(/\s+/g, " "));
  if (wanted.length < 2) return [];
  return utterances.flatMap((said) => {
    const text = folded(textOf(said.words));
    const hits: Hit[] = [];
    for (let from = text.indexOf(wanted); from >= 0; from = text.indexOf(wanted, from + wanted.length)) {
      hits.push({ seq: said.seq, from, to: from + wanted.length });
    }
    return hits;
  });
}

export interface Part {
  text: string;
  hit: Hit | null;
}

/** A word that begins at letter `at` of its utterance, cut where hits begin and end. */
export function parts(text: string, at: number, hits: readonly Hit[]): Part[] {
  const cut: Part[] = [];
  let done = 0;
  for (const hit of hits) {
    const from = Math.max(0, hit.from - at);
    const to = Math.min(text.length, hit.to - at);
    if (from >= to) continue;
    if (from > done) cut.push({ text: text.slice(done, from), hit: null });
    cut.push({ text: text.slice(from, to), hit });
    done = to;
  }
  if (done < text.length) cut.push({ text: text.slice(done), hit: null });
  return cut;
}

/** What a correction asks for; null when nothing has changed. */
export interface Fix {
  place: number;
  count: number;
  text: string;
}

/**
 * The smallest change that makes `words` from `place` on, `count` of them, read `typed`. Words that stay keep their
 * times and what the machine thought of them.
 */
export function fixOf(words: readonly Word[], place: number, count: number, typed: string): Fix | null {
  const before = words.slice(place, place + count).map((word) => word.text.trim());
  const after = typed.split(/\s+/).filter(Boolean);
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const room = Math.min(before.length, after.length) - head;
  while (tail < room && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const gone = before.length - head - tail;
  const come = after.slice(head, after.length - tail);
  if (gone === 0 && come.length === 0) return null;
  if (gone > 0) return { place: place + head, count: gone, text: come.join(" ") };
  // Something was only added: the word beside it is written again with it.
  if (head > 0) return { place: place + head - 1, count: 1, text: [before[head - 1], ...come].join(" ") };
  return { place: place + head, count: 1, text: [...come, before[head]].join(" ") };
}

/** "12:40", "1:02:10" or "75" (seconds) in milliseconds; null for what is no time. */
export function timeOf(typed: string): number | null {
  const numbers = typed.trim().split(/[:.]/);
  if (numbers.length > 3 || !numbers.every((part) => /^\d{1,4}$/.test(part))) return null;
  return numbers.reduce((sum, part) => sum * 60 + Number(part), 0) * 1000;
}

/** The utterance that is being said at a time, or the next one, or the last. */
export function utteranceAt(utterances: readonly Utterance[], atMs: number): Utterance | undefined {
  return utterances.find((said) => said.to_ms > atMs) ?? utterances.at(-1);
}

/** A passage as it stands in the notes: "[2:31] Sam: “…”" under what is there. */
export function withPassage(notes: string, time: string, name: string, text: string): string {
  const above = notes.trimEnd();
  return `${above}${above ? "\n\n" : ""}[${time}] ${name}: “${text}”\n`;
}
