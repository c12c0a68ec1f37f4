/** The line as it is shown: waiting cards, and for four seconds those that left. */
import { effect, untracked } from "@preact/signals";
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import type { CardView } from "../../protocol.gen";
import { on } from "../../socket";
import { duty, pool, request } from "../../state";
import { departure, lineUp, type Place } from "./line";

const STAYS_MS = 4_000;
/** Under the pointer a card that left stays a little longer, so that nothing moves into its place. */
const HELD_MS = 1_000;
const HELD_TIMES = 8;

export interface Line {
  places: Place[];
  onPointerEnter: () => void;
  onPointerLeave: () => void;
}

export function useLine(): Line {
  const departed = useSignal<readonly Place[]>([]);
  const isHeld = useSignal(false);
  const shown = useRef<string[]>([]);
  useEffect(() => {
    const timers = new Set<number>();
    let before: readonly CardView[] = [];
    const drop = (id: string, heldTimes = 0): void => {
      const wait = heldTimes === 0 ? STAYS_MS : HELD_MS;
      const timer = window.setTimeout(() => {
        timers.delete(timer);
        if (isHeld.peek() && heldTimes < HELD_TIMES) drop(id, heldTimes + 1);
        else departed.value = departed.peek().filter((place) => place.card.id !== id);
      }, wait);
      timers.add(timer);
    };
    const leave = (card: CardView): void => {
      const isOurs = request.peek()?.id === card.id && request.peek()?.state !== "waiting";
      if (isOurs || duty.peek()?.status !== "on_duty") return;
      departed.value = [...departed.peek(), { card, left: departure("cancelled") }];
      drop(card.id);
    };
    const stopPool = effect(() => {
      const now = pool.value?.cards ?? [];
      untracked(() => {
        const ids = new Set(now.map((card) => card.id));
        if (departed.peek().some((place) => ids.has(place.card.id))) {
          departed.value = departed.peek().filter((place) => !ids.has(place.card.id));
        }
        before.filter((card) => !ids.has(card.id)).forEach(leave);
      });
      before = now;
    });
    const stopCards = on("card:changed", (card) => {
      departed.value = departed
        .peek()
        .map((place) => (place.card.id === card.id ? { ...place, left: departure(card.state) } : place));
    });
    return () => {
      stopPool();
      stopCards();
      timers.forEach((timer) => window.clearTimeout(timer));
    };
  }, []);
  const places = lineUp(pool.value?.cards ?? [], departed.value, isHeld.value ? shown.current : []);
  shown.current = places.map((place) => place.card.id);
  return {
    places,
    onPointerEnter: () => (isHeld.value = true),
    onPointerLeave: () => (isHeld.value = false),
  };
}
