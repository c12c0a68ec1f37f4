/**
 * The way to a booking: what was answered so far, kept in this tab until it is booked.
 * Easy to break: the id of the booking stays the same until the server has answered, so pressing again books once.
 */
import { signal } from "@preact/signals";

import type { Area, Gender, Kind, Method, TherapistFind } from "../../protocol.gen";

const KEPT = "booking-draft";

export type Step = "need" | "therapist" | "time" | "summary" | "done";

export interface Flow {
  step: Step;
  kind: Kind;
  isChange: boolean;
  area: Area | "";
  gender: Gender;
  language: string;
  answers: Record<string, string>;
  therapistId: string;
  serviceId: string;
  method: Method;
  startsAtMs: number | null;
  allowanceId: string;
  bookingId: string;
}

const EMPTY: Flow = {
  step: "need",
  kind: "therapy",
  isChange: false,
  area: "",
  gender: "none",
  language: "en",
  answers: {},
  therapistId: "",
  serviceId: "",
  method: "video",
  startsAtMs: null,
  allowanceId: "",
  bookingId: "",
};

function kept(): Flow {
  try {
    return { ...EMPTY, ...(JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") as Partial<Flow>) };
  } catch {
    return EMPTY;
  }
}

export const flow = signal<Flow>(kept());

export function change(next: Partial<Flow>): void {
  flow.value = { ...flow.value, ...next };
  sessionStorage.setItem(KEPT, JSON.stringify(flow.value));
}

/** Go to a step; the page begins at its top again. */
export function go(step: Step, next: Partial<Flow> = {}): void {
  change({ ...next, step });
  window.scrollTo(0, 0);
}

export function forget(): void {
  sessionStorage.removeItem(KEPT);
  flow.value = EMPTY;
}

/** Begin, or go on where this tab left off when it is the same way. */
export function begin(way: Pick<Flow, "kind" | "isChange" | "therapistId">): void {
  const held = flow.peek();
  const isSame = held.kind === way.kind && held.isChange === way.isChange && (!way.therapistId || held.therapistId === way.therapistId);
  if (isSame && held.bookingId && held.step !== "done") return;
  forget();
  change({ ...way, step: way.therapistId ? "time" : "need", bookingId: crypto.randomUUID() });
}

export function wish(): TherapistFind | null {
  const { kind, area, gender, language, isChange } = flow.value;
  return area ? { kind, area, gender, language, is_change: isChange } : null;
}
