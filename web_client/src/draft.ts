/**
 * What a client has typed into the quick-connect form, kept in this tab until the call is agreed to.
 * Easy to break: the id of the request stays the same until the server has answered, so a retry is the same request.
 */
import { signal } from "@preact/signals";

import type { Area, Gender, RequestPlace } from "./protocol.gen";

const DRAFT = "quick-connect-draft";
const REQUEST_ID = "quick-connect-id";

export interface Draft {
  area: Area | "";
  issue: string;
  therapist_gender: Gender;
  language: string;
  note: string;
  is_chat_only: boolean;
  is_worried: boolean;
}

const EMPTY: Draft = {
  area: "",
  issue: "",
  therapist_gender: "none",
  language: "en",
  note: "",
  is_chat_only: false,
  is_worried: false,
};

function kept(): Draft {
  try {
    return { ...EMPTY, ...(JSON.parse(sessionStorage.getItem(DRAFT) ?? "{}") as Partial<Draft>) };
  } catch {
    return EMPTY;
  }
}

export const draft = signal<Draft>(kept());

export function changeDraft(change: Partial<Draft>): void {
  draft.value = { ...draft.value, ...change };
  sessionStorage.setItem(DRAFT, JSON.stringify(draft.value));
}

export function forgetDraft(): void {
  sessionStorage.removeItem(DRAFT);
  draft.value = EMPTY;
}

export function placeBody(area: Area): RequestPlace {
  const id = sessionStorage.getItem(REQUEST_ID) ?? crypto.randomUUID();
  sessionStorage.setItem(REQUEST_ID, id);
  return { ...draft.value, id, area };
}

/** The server has answered, yes or no: the next request is another one. */
export function answered(): void {
  sessionStorage.removeItem(REQUEST_ID);
}
