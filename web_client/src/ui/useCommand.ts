/** One command at a time, and why it was refused. */
import { useSignal } from "@preact/signals";

import { Refusal } from "../http";

export function useCommand() {
  const isBusy = useSignal(false);
  const problem = useSignal("");
  /** Does nothing while another one runs. Anything but a refusal is a bug and is thrown on. */
  const run = async (command: () => Promise<void>): Promise<void> => {
    if (isBusy.peek()) return;
    isBusy.value = true;
    problem.value = "";
    try {
      await command();
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      problem.value = refusal.message;
    } finally {
      isBusy.value = false;
    }
  };
  return { isBusy, problem, run };
}
