/**
 * What this page knows, as signals: snapshots of the server's views, replaced only by newer ones.
 * Easy to break: a view of the same version may still be newer (its place in line moved), so time decides then.
 */
import { signal } from "@preact/signals";

import type { CardView, DutyView, Me, PoolView, RequestView } from "./protocol.gen";

export type Connection = "connecting" | "connected" | "lost";

export const me = signal<Me | null>(null);
export const connection = signal<Connection>("connecting");
export const request = signal<RequestView | null>(null);
/** False until the server has said whether there is an open request. */
export const isRequestKnown = signal(false);
export const duty = signal<DutyView | null>(null);
export const pool = signal<PoolView | null>(null);

export function isOver(state: RequestView["state"] | undefined): boolean {
  return state === "cancelled" || state === "expired" || state === "failed" || state === "ended";
}

/** Whether `next` should take the place of `held`, on the page of a client or of a therapist. */
export function isNewer(held: RequestView | null, next: RequestView, role: Me["role"] = "client"): boolean {
  if (held === null) return true;
  if (held.id !== next.id) {
    // A client's requests follow each other; a late word about the one before may even call it open.
    if (role === "client") return next.placed_at_ms >= held.placed_at_ms;
    return isOver(held.state) || !isOver(next.state);
  }
  return next.version > held.version || (next.version === held.version && next.now_ms >= held.now_ms);
}

export function takeRequest(next: RequestView): void {
  if (isNewer(request.peek(), next, me.peek()?.role)) request.value = next;
}

/** The pool after one card changed: waiting cards are put in the order of the line, others leave their place to `gone`. */
export function poolWith(held: PoolView, card: CardView): PoolView {
  const known = held.cards.find((other) => other.id === card.id);
  if (known && known.version > card.version) return held;
  const others = held.cards.filter((other) => other.id !== card.id);
  if (card.state !== "waiting") return { cards: others, waiting: Math.max(0, held.waiting - (known ? 1 : 0)) };
  const cards = [...others, card].sort((a, b) => a.place - b.place);
  return { cards, waiting: held.waiting + (known ? 0 : 1) };
}
