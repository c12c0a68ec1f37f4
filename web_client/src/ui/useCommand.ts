/** One command at a time, why it was refused, and what is said once it was not. */
import { useSignal } from "@preact/signals";

import { Refusal } from "../http";

export function useCommand() {
  const isBusy = useSignal(false);
  const problem = useSignal("");
  const said = useSignal("");
  /**
   * Does nothing while another one runs. True when it was done, and `done` is said then. Anything but a refusal is a
   * bug and is thrown on.
   */
  const run = async (command: () => Promise<void>, done = ""): Promise<boolean> => {
    if (isBusy.peek()) return false;
    isBusy.value = true;
    problem.value = said.value = "";
    try {
      await command();
      said.value = done;
      return true;
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      problem.value = refusal.message;
      return false;
    } finally {
      isBusy.value = false;
    }
  };
  return { isBusy, problem, said, run };
}
