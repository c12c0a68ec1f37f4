/**
 * What a person does while reading one transcript: search, jump, pick words, correct, mark, copy.
 * Knows no HTML but where an utterance stands on the page (`said-SEQ`).
 */
import { signal, type Signal } from "@preact/signals";

import type { Notes } from "../../call/notes";
import { ask } from "../../http";
import type { SessionView, Utterance } from "../../protocol.gen";
import { clock } from "../../ui/words";
import { fixOf, hitsIn, textOf, timeOf, utteranceAt, withPassage, type Hit } from "./find";
import type { Opened } from "./useSession";

/** Words of one utterance: `count` of them from `place`. */
export interface Picked {
  seq: number;
  revision: number;
  place: number;
  count: number;
}

export class Reading {
  readonly sought = signal("");
  /** Which of the hits one has jumped to. */
  readonly current = signal(0);
  readonly picked = signal<Picked | null>(null);
  /** What was just done, or why it was not. */
  readonly told = signal("");
  readonly isFailed = signal(false);
  /** Whose corrections are looked at. */
  readonly lookedBack = signal<number | null>(null);

  private readonly id: string;
  private readonly view: Signal<SessionView | null>;
  private readonly notes: Notes;
  private readonly opened: Opened;

  constructor(id: string, opened: Opened) {
    this.id = id;
    this.opened = opened;
    this.view = opened.view;
    this.notes = opened.notes;
  }

  hits(): Hit[] {
    return hitsIn(this.view.value?.utterances ?? [], this.sought.value);
  }

  seek(text: string): void {
    this.sought.value = text;
    this.current.value = 0;
    const first = this.hits()[0];
    if (first) show(`said-${first.seq}`, false);
  }

  /** To the next hit, or with −1 to the one before; round at both ends. */
  step(by: number): void {
    const hits = this.hits();
    if (hits.length === 0) return;
    this.current.value = (this.current.value + by + hits.length) % hits.length;
    show(`said-${hits[this.current.value]!.seq}`, false);
  }

  /** False when what was typed is no time. */
  jump(typed: string): boolean {
    const atMs = timeOf(typed);
    if (atMs === null) return false;
    const said = utteranceAt(this.view.value?.utterances ?? [], atMs);
    if (said) show(`said-${said.seq}`, true);
    return true;
  }

  /** To the next marked passage after the one that has the focus. */
  nextMark(): void {
    const marked = (this.view.value?.utterances ?? []).filter((said) => said.is_marked);
    const here = Number(document.activeElement?.closest("[data-seq]")?.getAttribute("data-seq") ?? 0);
    const place = marked.findIndex((said) => said.seq === here);
    const next = marked[(place + 1) % marked.length];
    if (next) show(`said-${next.seq}`, true);
  }

  pick(said: Utterance, place = 0, count = said.words.length): void {
    this.told.value = "";
    this.isFailed.value = false;
    this.picked.value = { seq: said.seq, revision: said.revision, place, count };
  }

  letGo(): void {
    const seq = this.picked.value?.seq;
    this.picked.value = null;
    if (seq !== undefined) document.querySelector<HTMLElement>(`#said-${seq} button`)?.focus({ preventScroll: true });
  }

  said(): Utterance | undefined {
    return this.view.value?.utterances.find((said) => said.seq === this.picked.value?.seq);
  }

  async correct(typed: string): Promise<void> {
    const picked = this.picked.value;
    const said = this.said();
    if (!picked || !said) return;
    const fix = fixOf(said.words, picked.place, picked.count, typed);
    if (!fix) return this.letGo();
    await this.carryOut("Corrected. What the machine wrote is kept.", async () => {
      const body = { seq: picked.seq, revision: picked.revision, ...fix };
      this.opened.put(await ask("POST /api/sessions/{id}/corrections", { params: { id: this.id }, body }));
      this.letGo();
    });
  }

  async mark(): Promise<void> {
    const said = this.said();
    if (!said) return;
    const isMarked = !said.is_marked;
    await this.carryOut(isMarked ? "Marked." : "No longer marked.", async () => {
      await ask("PUT /api/sessions/{id}/marks", { params: { id: this.id }, body: { seq: said.seq, is_marked: isMarked } });
      this.opened.put({ ...said, is_marked: isMarked });
    });
  }

  copy(): void {
    const said = this.said();
    const picked = this.picked.value;
    if (!said || !picked) return;
    const words = said.words.slice(picked.place, picked.place + picked.count);
    this.notes.edit(withPassage(this.notes.text.value, clock(said.from_ms / 1000), said.name, textOf(words)));
    this.told.value = "Copied to the end of your notes.";
    this.isFailed.value = false;
  }

  private async carryOut(done: string, act: () => Promise<void>): Promise<void> {
    this.isFailed.value = false;
    try {
      await act();
      this.told.value = done;
    } catch (refusal) {
      this.isFailed.value = true;
      this.told.value = (refusal as Error).message;
      await this.opened.reload();
    }
  }
}

/** Bring a place of the page into view; with focus for those who use the keyboard. */
export function show(anchor: string, isFocused: boolean): void {
  requestAnimationFrame(() => {
    const said = document.getElementById(anchor);
    const isStill = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    said?.scrollIntoView({ block: "center", behavior: isStill ? "auto" : "smooth" });
    if (isFocused) said?.querySelector("button")?.focus({ preventScroll: true });
  });
}
