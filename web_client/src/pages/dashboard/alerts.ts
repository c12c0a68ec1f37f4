/**
 * Nobody waits unseen: a sound until somebody claims the card, the title of the tab, a notification when it is hidden,
 * and words for a screen reader. On every page of a therapist; silent in a call.
 * Easy to break: what has been told is told once, also after a reconnect that brings the whole pool again.
 */
import { effect, signal } from "@preact/signals";

import type { CardView } from "../../protocol.gen";
import { path } from "../../router";
import { on } from "../../socket";
import { duty, pool, request } from "../../state";
import { announcement, waitingCount } from "../../ui/attention";
import { chime } from "../../ui/sound";
import { arrival, leaving, notice, ringing } from "./calling";
import { closeNotification, notifyHidden } from "./notification";

/** Often enough not to be forgotten, seldom enough to be borne. */
const AGAIN_MS = 8_000;

/** Cards that no longer ring in this page. */
export const silenced = signal<ReadonlySet<string>>(new Set());

/** Names of the cards that have been told. */
const told = new Map<string, string>();
let hasBegun = false;
let timer = 0;

export function silence(id: string, isSilent: boolean): void {
  const next = new Set(silenced.peek());
  if (isSilent) next.add(id);
  else next.delete(id);
  silenced.value = next;
}

function cardsThatCall(): readonly CardView[] {
  const mayAccept = duty.value?.status === "on_duty" && !path.value.startsWith("/call/");
  return mayAccept ? (pool.value?.cards ?? []) : [];
}

function tell(newcomers: readonly CardView[], waiting: number): void {
  for (const card of newcomers) told.set(card.id, card.first_name);
  announcement.value = arrival(newcomers);
  chime();
  notifyHidden(notice(waiting));
}

function ring(ids: readonly string[]): void {
  window.clearInterval(timer);
  if (ids.length > 0) timer = window.setInterval(chime, AGAIN_MS);
}

function depart(card: CardView): void {
  const name = told.get(card.id);
  if (name === undefined || card.state === "waiting") return;
  told.delete(card.id);
  const isOurs = request.peek()?.id === card.id && request.peek()?.state !== "waiting";
  if (!isOurs) announcement.value = leaving(name, card.state);
}

/** Call for attention from now on. Calling it again changes nothing. */
export function beginAlerts(): void {
  if (hasBegun) return;
  hasBegun = true;
  let rang = "";
  effect(() => {
    const cards = cardsThatCall();
    const waiting = cards.length > 0 ? (pool.value?.waiting ?? cards.length) : 0;
    waitingCount.value = waiting;
    const newcomers = cards.filter((card) => !told.has(card.id));
    if (newcomers.length > 0) tell(newcomers, waiting);
    if (cards.length === 0) closeNotification();
    const ids = ringing(cards, silenced.value);
    // A card that changes its words does not begin the pause anew.
    if (ids.join(" ") !== rang) ring(ids);
    rang = ids.join(" ");
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") closeNotification();
  });
  on("card:changed", depart);
}
