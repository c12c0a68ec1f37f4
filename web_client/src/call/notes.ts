/**
 * The therapist's notes of one session, saved while they write.
 * Knows no page. Easy to break: what was typed here is never replaced unseen. Notes changed elsewhere at the same
 * time are put under one's own, and the draft stays in this tab until the server has acknowledged it.
 */
import { signal } from "@preact/signals";

import type { NotesView } from "../protocol.gen";
import type { emit } from "../socket";
import { codeOf } from "./refusal";

const PAUSE_MS = 1_000;
const RETRY_MS = 2_000;
const SEAM = "\n\n— Written in another window at the same time —\n\n";

export type NotesState = "saved" | "saving" | "unsaved";

export interface Draft {
  text: string;
  version: number;
}

/** Both texts in one; the one that holds the other is enough. */
export function mergeNotes(mine: string, theirs: string, seam = SEAM): string {
  if (mine.includes(theirs)) return mine;
  if (theirs.includes(mine)) return theirs;
  return `${mine}${seam}${theirs}`;
}

/** What to show when the stored notes and this tab's draft meet. */
export function settle(draft: Draft | null, stored: Draft): { text: string; isUnsaved: boolean; isMerged: boolean } {
  if (!draft || draft.text === stored.text) return { text: stored.text, isUnsaved: false, isMerged: false };
  if (draft.version >= stored.version) return { text: draft.text, isUnsaved: true, isMerged: false };
  const text = mergeNotes(draft.text, stored.text);
  return { text, isUnsaved: text !== stored.text, isMerged: text !== draft.text };
}

/** Under this key a tab keeps what is not saved yet; the session's page after the call reads the same. */
export function draftKey(sessionId: string): string {
  return `notes:${sessionId}`;
}

export class Notes {
  readonly text = signal("");
  readonly state = signal<NotesState>("saved");
  readonly savedAtMs = signal<number | null>(null);
  /** The last try to save got no acknowledgement. */
  readonly isFailing = signal(false);
  /** True once another window's words were put under ours. */
  readonly wasMerged = signal(false);

  private readonly sessionId: string;
  private readonly say: typeof emit;
  /** The stored notes as this page asks for them when a save was refused as outdated. */
  private readonly askStored: () => Promise<NotesView | null>;
  private version = 0;
  /** The text on its way to the server; null while nothing is. */
  private inFlight: string | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(sessionId: string, say: typeof emit, askStored: () => Promise<NotesView | null>) {
    this.sessionId = sessionId;
    this.say = say;
    this.askStored = askStored;
  }

  /** The stored notes, as they came with the room or after a change elsewhere. */
  load(stored: NotesView): void {
    if (stored.session_id !== this.sessionId || stored.version < this.version) return;
    this.savedAtMs.value = stored.saved_at_ms;
    if (this.inFlight === stored.text) {
      // The echo of our own save may come before its acknowledgement.
      this.version = stored.version;
      if (this.draft() !== null) this.keepDraft();
      return;
    }
    const settled = settle(this.draft(), stored);
    this.version = stored.version;
    if (settled.text !== this.text.value) this.text.value = settled.text;
    if (settled.isMerged) this.wasMerged.value = true;
    if (settled.isUnsaved) {
      this.keepDraft();
      this.state.value = "unsaved";
      this.saveAfter(PAUSE_MS);
    } else {
      this.forgetDraft();
    }
  }

  edit(text: string): void {
    this.text.value = text;
    this.state.value = "unsaved";
    this.keepDraft();
    this.saveAfter(PAUSE_MS);
  }

  /** Save now what is not saved: on blur, when the page is hidden, when the call ends. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    if (this.inFlight !== null || this.draft() === null) return;
    this.state.value = "saving";
    const text = this.text.value;
    this.inFlight = text;
    try {
      const stored = await this.say("notes:save", { session_id: this.sessionId, text, version: this.version });
      this.version = Math.max(this.version, stored.version);
      this.isFailing.value = false;
      this.savedAtMs.value = stored.saved_at_ms;
      if (this.text.value === text) this.forgetDraft();
      else this.keepDraft();
    } catch (refusal) {
      this.state.value = "unsaved";
      this.isFailing.value = codeOf(refusal) !== "note_conflict";
      this.inFlight = null;
      if (codeOf(refusal) === "note_conflict") await this.takeStored();
    } finally {
      this.inFlight = null;
    }
    if (this.draft() !== null) this.saveAfter(this.state.value === "unsaved" ? RETRY_MS : PAUSE_MS);
  }

  close(): void {
    void this.flush();
    clearTimeout(this.timer);
  }

  private async takeStored(): Promise<void> {
    try {
      const stored = await this.askStored();
      if (stored) this.load(stored);
    } catch {
      // No answer: the draft is kept and the next try meets the same refusal, then this again.
    }
  }

  private saveAfter(wait: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), wait);
  }

  private draft(): Draft | null {
    const kept = sessionStorage.getItem(draftKey(this.sessionId));
    return kept === null ? null : (JSON.parse(kept) as Draft);
  }

  private keepDraft(): void {
    const draft: Draft = { text: this.text.value, version: this.version };
    sessionStorage.setItem(draftKey(this.sessionId), JSON.stringify(draft));
  }

  private forgetDraft(): void {
    sessionStorage.removeItem(draftKey(this.sessionId));
    this.state.value = "saved";
  }
}
