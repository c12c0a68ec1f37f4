/** What a page shows of something that is being settled: asked again and again until it is, or time is up. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { Refusal } from "../http";
import type { Found } from "./useFound";

/** Of the thing with this `id`. One that is not there is not asked for again. */
export function useUntil<Value>(
  id: string,
  look: () => Promise<Value>,
  isSettled: (found: Value) => boolean,
  { everyMs, forMs }: { everyMs: number; forMs: number },
): Omit<Found<Value>, "refresh"> {
  const found = useSignal<Value | null>(null);
  const trouble = useSignal("");
  useEffect(() => {
    const until = Date.now() + forMs;
    let timer = 0;
    let isGone = false;
    const ask = async () => {
      try {
        found.value = await look();
        trouble.value = "";
      } catch (refusal) {
        if (!(refusal instanceof Refusal)) throw refusal;
        trouble.value = refusal.message;
        if (refusal.code.endsWith("_not_found")) return;
      }
      const isKnown = found.value !== null && isSettled(found.value);
      if (!isGone && !isKnown && Date.now() < until) timer = window.setTimeout(() => void ask(), everyMs);
    };
    void ask();
    return () => {
      isGone = true;
      window.clearTimeout(timer);
    };
  }, [id]);
  return { found, trouble };
}
