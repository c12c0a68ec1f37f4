/** A step of one's own request: sent once at a time, and what the server makes of it is what is shown. */
import type { RequestView } from "../../protocol.gen";
import { takeRequest } from "../../state";
import { useCommand } from "../../ui/useCommand";

export function useStep() {
  const { isBusy, problem, run } = useCommand();
  const step = (send: () => Promise<RequestView>): Promise<boolean> => run(async () => takeRequest(await send()));
  return { isBusy, problem, step };
}
