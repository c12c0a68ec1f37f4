/** What a page shows of one question to the server; what was found stays while a later answer is missing. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

export interface Found<Value> {
  found: Signal<Value | null>;
  /** Why the last question had no answer. */
  trouble: Signal<string>;
  refresh: () => Promise<void>;
}

/** Asks when the page comes up, and at each `refresh`. */
export function useFound<Value>(look: () => Promise<Value>): Found<Value> {
  const found = useSignal<Value | null>(null);
  const trouble = useSignal("");
  const refresh = () =>
    look().then(
      (value) => {
        found.value = value;
        trouble.value = "";
      },
      (refusal: Error) => {
        trouble.value = refusal.message;
      },
    );
  useEffect(() => void refresh(), []);
  return { found, trouble, refresh };
}
