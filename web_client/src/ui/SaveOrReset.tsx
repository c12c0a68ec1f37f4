/**
 * The foot of a form about something that is stored already.
 * Easy to break: it says *Not saved yet.* before what the last save said, so that nobody leaves with a change in hand.
 */
import type { useCommand } from "./useCommand";
import { Problem } from "./Problem";

export function SaveOrReset({ command, isChanged, reset }: { command: ReturnType<typeof useCommand>; isChanged: boolean; reset: () => void }) {
  return (
    <>
      <div class="cluster">
        <button class="btn btn--primary" type="submit" aria-busy={command.isBusy.value}>
          Save changes
        </button>
        <button class="btn btn--quiet" type="button" aria-disabled={isChanged ? undefined : true} onClick={reset}>
          Reset
        </button>
      </div>
      <Problem text={command.problem.value} />
      <p class="fine account__said" role="status">
        {isChanged ? "Not saved yet." : command.said.value}
      </p>
    </>
  );
}
