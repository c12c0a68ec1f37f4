/** Deleting a transcript, after saying what goes, what stays, and that there is no way back. */
import { useSignal } from "@preact/signals";

import { ask } from "../../http";
import type { SessionView } from "../../protocol.gen";
import { Sheet } from "../../ui/Sheet";
import { duration } from "../../ui/words";

interface Props {
  view: SessionView;
  onDone: () => Promise<void>;
  onClose: () => void;
}

export function Delete({ view, onDone, onClose }: Props) {
  const trouble = useSignal("");
  const isAsking = useSignal(false);
  const firstName = view.client_name.split(" ")[0] ?? "";
  const goOn = async (): Promise<void> => {
    if (isAsking.value) return;
    isAsking.value = true;
    trouble.value = "";
    try {
      await ask("DELETE /api/sessions/{id}/transcript", { params: { id: view.session_id } });
      await onDone();
      onClose();
    } catch (refusal) {
      trouble.value = (refusal as Error).message;
      isAsking.value = false;
    }
  };
  return (
    <Sheet
      title="Delete this transcript?"
      text={
        `This deletes all ${duration(view.length_s)} of written words with their corrections and marks, and any sound ` +
        `that is still kept, of you and of ${firstName}. Your notes, the chat, what was charged and the fact of the ` +
        "session stay, and so does what you copied or exported. It cannot be undone."
      }
      onClose={onClose}
      foot={
        <>
          <button class="btn btn--danger" type="button" aria-disabled={isAsking.value} onClick={() => void goOn()}>
            {isAsking.value ? "Deleting…" : "Delete the transcript"}
          </button>
          <button class="btn btn--quiet" type="button" onClick={onClose}>
            Keep it
          </button>
        </>
      }
    >
      {trouble.value && (
        <p class="banner banner--bad" role="alert">
          {trouble.value}
        </p>
      )}
    </Sheet>
  );
}
