/** Which sessions the list shows, as a person chooses them, and as the server is asked for them. Pure. */
import type { CallLogFind } from "../../protocol.gen";

export const PERIODS = {
  any: "Any time",
  week: "Last 7 days",
  month: "Last 30 days",
  year: "Last 12 months",
  between: "From one day to another",
} as const;
export type Period = keyof typeof PERIODS;

export const TRANSCRIPTS = {
  any: "Any transcript",
  ready: "Transcript ready",
  in_progress: "In progress",
  failed: "Failed",
  none: "No transcript",
} as const;
export type Wanted = keyof typeof TRANSCRIPTS;

export interface Choice {
  clientId: string;
  period: Period;
  /** Days as date fields give them, "2026-11-22"; empty: open. Heeded when the period is "between". */
  firstDay: string;
  lastDay: string;
  transcript: Wanted;
  isUnwritten: boolean;
}

export const EVERYTHING: Choice = {
  clientId: "",
  period: "any",
  firstDay: "",
  lastDay: "",
  transcript: "any",
  isUnwritten: false,
};

const DAY_MS = 86_400_000;
const DAYS: Partial<Record<Period, number>> = { week: 7, month: 30, year: 365 };

/** The first moment of a day in the viewer's own zone; undefined for what is no day. */
function dayBegins(day: string, later = 0): number | undefined {
  const [year, month, date] = day.split("-").map(Number);
  if (!year || !month || !date) return undefined;
  return new Date(year, month - 1, date + later).getTime();
}

export function bodyOf(choice: Choice, nowMs: number, after = ""): CallLogFind {
  const days = DAYS[choice.period];
  const isBetween = choice.period === "between";
  const from = isBetween ? dayBegins(choice.firstDay) : days && nowMs - days * DAY_MS;
  const to = isBetween ? dayBegins(choice.lastDay, 1) : undefined;
  return {
    client_id: choice.clientId || null,
    from_ms: from ?? null,
    to_ms: to ?? null,
    transcript: choice.transcript === "any" ? null : choice.transcript,
    is_unwritten: choice.isUnwritten,
    after,
  };
}

/** How many of the choices beside *Without notes* narrow the list. */
export function narrowed(choice: Choice): number {
  return [choice.clientId !== "", choice.period !== "any", choice.transcript !== "any"].filter(Boolean).length;
}

/** "3 places in 2 sessions." and, when not everything was looked through, what was. */
export function foundWords(places: number, sessions: number, searched: number, total: number, isCut: boolean): string {
  const count = places === 1 ? "1 place" : `${isCut ? "The first " : ""}${places} places`;
  const where = sessions === 1 ? "1 session" : `${sessions} sessions`;
  const part = searched < total ? ` Looked through your newest ${searched} of ${total} sessions.` : "";
  return places === 0 ? `Nothing found.${part}` : `${count} in ${where}.${part}`;
}
