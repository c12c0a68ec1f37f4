/**
 * The live queue as this page knows it: asked for on every connect, then told when it changes.
 * Easy to break: what is shown says how old it is. A view that nobody has confirmed for a while must not look live.
 */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import type { QueueView } from "../../protocol.gen";
import { emit, on } from "../../socket";
import { connection } from "../../state";

const AGAIN_MS = 10_000;
const STALE_MS = 15_000;

export const queue = signal<QueueView | null>(null);
export const trouble = signal("");
/** The server's time now, by the clock of the last view. */
export const now = signal(Date.now());
/** How long ago the view was last confirmed, once that is too long; else 0. */
export const staleMs = signal(0);

let heardAt = 0;
let ahead = 0;

export function take(view: QueueView): void {
  if (queue.peek() && view.now_ms < queue.peek()!.now_ms) return;
  heardAt = performance.now();
  ahead = view.now_ms - Date.now();
  queue.value = view;
  trouble.value = "";
  tick();
}

function tick(): void {
  const age = performance.now() - heardAt;
  staleMs.value = queue.peek() && age > STALE_MS ? age : 0;
  if (!staleMs.value) now.value = Date.now() + ahead;
}

function look(): void {
  emit("queue:get", {}).then(take, (refusal: Error) => (trouble.value = refusal.message));
}

/** Keep the queue while a page shows it. */
export function useQueue(): void {
  const isConnected = connection.value === "connected";
  useEffect(() => {
    if (!isConnected) return;
    look();
    const again = window.setInterval(look, AGAIN_MS);
    return () => window.clearInterval(again);
  }, [isConnected]);
  useEffect(() => {
    const stop = on("queue:changed", take);
    const ticking = window.setInterval(tick, 1_000);
    return () => {
      stop();
      window.clearInterval(ticking);
      queue.value = null;
    };
  }, []);
}
