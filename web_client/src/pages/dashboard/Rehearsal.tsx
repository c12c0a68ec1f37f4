/** Test sessions with a scripted client: start one, see how it stands, stop it. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { codeOf } from "../../call/refusal";
import type { RehearsalView } from "../../protocol.gen";
import { emit, on } from "../../socket";
import { connection } from "../../state";
import { Icon } from "../../ui/Icon";
import { ended, newerRehearsal } from "./rehearsal_end";

function useRehearsal() {
  const held = useSignal<RehearsalView | null>(null);
  // Why an earlier one ended is news only to the page that saw it run.
  const seen = useSignal("");
  const take = (view: RehearsalView) => {
    held.value = newerRehearsal(held.peek(), view);
    if (view.state !== "ended") seen.value = view.id;
  };
  const isConnected = connection.value === "connected";
  useEffect(() => on("rehearsal:changed", take), []);
  useEffect(() => {
    if (!isConnected) return;
    // Without an answer the next connect asks again.
    emit("rehearsal:get", {}).then(
      (view) => view.rehearsal && take(view.rehearsal),
      () => undefined,
    );
  }, [isConnected]);
  return { held, seen, take };
}

function words(view: RehearsalView | null, isSeen: boolean): string {
  if (view?.state === "asked") return "Finding a test client…";
  if (view?.state === "running") return "Your test client is there. Accept the card marked “Test session”.";
  if (view && isSeen && ended[view.reason]) return ended[view.reason] ?? "";
  return "A recorded voice takes the client’s part. Nobody waits, nothing is charged, and you need not be on duty.";
}

export function Rehearsal() {
  const { held, seen, take } = useRehearsal();
  const isBusy = useSignal(false);
  const trouble = useSignal("");
  // A press that had no answer is the same press again.
  const id = useRef(crypto.randomUUID());
  const view = held.value;
  const isOpen = view !== null && view.state !== "ended";
  const press = async () => {
    if (isBusy.peek() || connection.peek() !== "connected") return;
    isBusy.value = true;
    trouble.value = "";
    try {
      take(isOpen ? await emit("rehearsal:stop", { id: view.id }) : await emit("rehearsal:start", { id: id.current }));
      id.current = crypto.randomUUID();
    } catch (refusal) {
      if (codeOf(refusal) !== "no_answer") id.current = crypto.randomUUID();
      trouble.value = refusal instanceof Error ? refusal.message : "";
    }
    isBusy.value = false;
  };
  return (
    <section class="card stack rehearsal" aria-labelledby="rehearsal">
      <h2 id="rehearsal">Test session</h2>
      <p class={trouble.value ? "sub rehearsal__bad" : "sub"} role="status">
        {trouble.value || words(view, view?.id === seen.value)}
      </p>
      <button
        class="btn btn--quiet"
        type="button"
        aria-disabled={isBusy.value || connection.value !== "connected" ? true : undefined}
        onClick={() => void press()}
      >
        <Icon name={isOpen ? "video-off" : "video"} small />
        {isOpen ? "Stop the test session" : "Start a test session"}
      </button>
    </section>
  );
}
