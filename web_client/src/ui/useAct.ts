/**
 * A command that must happen once, and the key it goes under.
 * Easy to break: without an answer nobody knows whether it happened, so pressing again is the same act under the same
 * key; after a refusal it is a new one.
 */
import { useRef } from "preact/hooks";

import { Refusal } from "../http";
import { useCommand } from "./useCommand";

export function useAct() {
  const { isBusy, problem, run: command } = useCommand();
  const key = useRef(crypto.randomUUID());
  /** Resolves to whether it was done. */
  const run = async (act: (key: string) => Promise<unknown>): Promise<boolean> => {
    let isDone = false;
    await command(async () => {
      try {
        await act(key.current);
        isDone = true;
      } catch (refusal) {
        if (refusal instanceof Refusal && refusal.code === "no_answer") throw refusal;
        key.current = crypto.randomUUID();
        throw refusal;
      }
    });
    if (isDone) key.current = crypto.randomUUID();
    return isDone;
  };
  return { isBusy, problem, run };
}
