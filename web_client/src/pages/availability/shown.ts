/** What the availability page knows: one week, what can be undone, and what went wrong. */
import { signal } from "@preact/signals";

import { addDays, dayIn, mondayOf } from "../../days";
import { ask } from "../../http";
import type { RuleAdd, WeekView } from "../../protocol.gen";

export const week = signal<WeekView | null>(null);
export const trouble = signal("");
/** What was just done, and how to take it back. */
export const done = signal<{ words: string; undo: () => Promise<void> } | null>(null);

let shown = mondayOf(dayIn(Date.now()));

export async function load(): Promise<void> {
  const asked = shown;
  try {
    const found = await ask("POST /api/availability/week", { body: { day: asked } });
    if (asked !== shown) return;
    week.value = found;
    trouble.value = "";
  } catch (refusal) {
    trouble.value = (refusal as Error).message;
  }
}

export function turn(weeks: number): void {
  shown = addDays(shown, weeks * 7);
  done.value = null;
  void load();
}

export function goTo(day: string): void {
  shown = mondayOf(day);
  void load();
}

/** Do something to the calendar, show the week anew, and offer to take it back. Rejects with the refusal. */
async function change(act: () => Promise<unknown>, words: string, undo: () => Promise<unknown>): Promise<void> {
  await act();
  done.value = {
    words,
    undo: async () => {
      await undo();
      done.value = null;
      await load();
    },
  };
  await load();
}

function setRule(id: string, isOn: boolean): Promise<unknown> {
  return ask("PUT /api/availability/rules/{id}", { params: { id }, body: { is_on: isOn } });
}

function setHour(startsAtMs: number, isOpen: boolean): Promise<unknown> {
  return ask("PUT /api/availability/hours", { body: { starts_at_ms: startsAtMs, is_open: isOpen } });
}

export function addRule(rule: RuleAdd, words: string): Promise<void> {
  return change(() => ask("POST /api/availability/rules", { body: rule }), words, () => setRule(rule.id, false));
}

export function removeRule(id: string, words: string): Promise<void> {
  return change(() => setRule(id, false), words, () => setRule(id, true));
}

export function closeHour(startsAtMs: number, words: string): Promise<void> {
  return change(() => setHour(startsAtMs, false), words, () => setHour(startsAtMs, true));
}

export async function setCalendar(zone: string, bufferMinutes: number): Promise<void> {
  await ask("PUT /api/availability", { body: { zone, buffer_minutes: bufferMinutes } });
  await load();
}
