/**
 * The order of the cards, and those that have just left. Pure.
 * Easy to break: nothing may change place under the pointer, so while it rests on the line what is shown keeps its
 * order, and newcomers go to the end even when they have waited longer.
 */
import type { CardView, RequestView } from "../../protocol.gen";

export interface Place {
  card: CardView;
  /** Why it left; null while it waits. */
  left: string | null;
}

/** Waiting and departed cards, first in line first; `held` are the ids that keep the order they have. */
export function lineUp(waiting: readonly CardView[], departed: readonly Place[], held: readonly string[]): Place[] {
  const isWaiting = new Set(waiting.map((card) => card.id));
  const places = [
    ...waiting.map((card) => ({ card, left: null })),
    ...departed.filter((place) => !isWaiting.has(place.card.id)),
  ];
  const rank = (place: Place): number => {
    const at = held.indexOf(place.card.id);
    return at < 0 ? held.length : at;
  };
  return places.sort((a, b) => rank(a) - rank(b) || a.card.place - b.card.place);
}

export function departure(state: CardView["state"]): string {
  return state === "taken" ? "Taken by another therapist" : "No longer waiting";
}

/** What became of the request this therapist had accepted, once it is theirs no more; null when there is nothing to say. */
export function outcome(request: RequestView | null): { title: string; text: string } | null {
  if (!request) return null;
  const { first_name: name, state, reason } = request;
  if (state === "waiting" && reason === "declined") {
    // Nothing more: why somebody was turned down is nobody's business but the client's.
    return { title: "The client chose to keep waiting", text: "" };
  }
  if (state === "waiting" && reason === "silent") {
    return { title: "They did not answer", text: `${name} is waiting again, with their place kept.` };
  }
  if (state === "waiting" && reason === "therapist_missing") {
    return { title: `You did not come in time`, text: `${name} is waiting again, with their place kept.` };
  }
  if (state === "waiting" && reason === "withdrawn") {
    return { title: "The offer was withdrawn", text: `${name} is waiting again, with their place kept.` };
  }
  if (state === "expired") {
    return { title: "They did not answer", text: `${name} was asked twice; the request is closed.` };
  }
  if (state === "cancelled") {
    return { title: `${name} stopped waiting`, text: "The request is closed. Nothing was charged." };
  }
  if (state === "failed") {
    return { title: `${name} did not come into the call`, text: "The request is closed. Nothing was charged." };
  }
  return null;
}

/** "Mind, anxiety", or the area alone. */
export function about(area: string, issue: string): string {
  return issue ? `${area}, ${issue.toLowerCase()}` : area;
}
