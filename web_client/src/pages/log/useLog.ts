/**
 * The list and the search of the call log. Lives as long as the page is loaded, so that Back finds it as it was.
 * Easy to break: only the newest question's answer is shown; the one before is cancelled, here and on the server.
 */
import { signal } from "@preact/signals";

import { ask } from "../../http";
import type { CallLogEntry, CallLogView, SearchView } from "../../protocol.gen";
import { bodyOf, EVERYTHING, type Choice } from "./choice";

const PAUSE_MS = 350;
const WORDS_MIN = 2;

export const choice = signal<Choice>(EVERYTHING);
export const sought = signal("");
export const list = signal<CallLogView | null>(null);
export const entries = signal<CallLogEntry[]>([]);
export const found = signal<SearchView | null>(null);
export const isBusy = signal(false);
export const trouble = signal("");

let asked = new AbortController();
let timer = 0;

function begin(): AbortSignal {
  asked.abort();
  asked = new AbortController();
  isBusy.value = true;
  trouble.value = "";
  return asked.signal;
}

async function answered<T>(question: (signal: AbortSignal) => Promise<T>): Promise<T | null> {
  const mine = begin();
  try {
    const answer = await question(mine);
    return mine.aborted ? null : answer;
  } catch (refusal) {
    if (!mine.aborted) trouble.value = (refusal as Error).message;
    return null;
  } finally {
    if (!mine.aborted) isBusy.value = false;
  }
}

/** The first page of the choice; what is shown stays until it is there. */
export async function load(): Promise<void> {
  const body = bodyOf(choice.value, Date.now());
  const view = await answered((signal) => ask("POST /api/call-log/find", { body, signal }));
  if (!view) return;
  list.value = view;
  entries.value = view.sessions;
}

/** The page after the last one. */
export async function more(): Promise<void> {
  const after = list.value?.next;
  if (!after) return;
  const body = bodyOf(choice.value, Date.now(), after);
  const view = await answered((signal) => ask("POST /api/call-log/find", { body, signal }));
  if (!view) return;
  list.value = view;
  entries.value = [...entries.value, ...view.sessions];
}

export function choose(change: Partial<Choice>): void {
  choice.value = { ...choice.value, ...change };
  void load();
}

async function search(): Promise<void> {
  const words = sought.value.trim();
  const view = await answered((signal) => ask("POST /api/call-log/search", { body: { words }, signal }));
  if (view) found.value = view;
}

/** Search once nobody types any more; `isNow` does not wait for that. Too few letters: back to the list. */
export function seek(text: string, isNow = false): void {
  sought.value = text;
  window.clearTimeout(timer);
  if (text.trim().length < WORDS_MIN) {
    asked.abort();
    isBusy.value = false;
    found.value = null;
    return;
  }
  timer = window.setTimeout(() => void search(), isNow ? 0 : PAUSE_MS);
}
