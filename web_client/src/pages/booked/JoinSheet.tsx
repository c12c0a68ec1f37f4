/** A client's first *Join* of a session is their yes: the terms, and the equal choice about a transcript. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask, Refusal } from "../../http";
import type { BookingJoin, BookingView, TermsView } from "../../protocol.gen";
import { Crisis } from "../../ui/Crisis";
import { Sheet } from "../../ui/Sheet";
import { TranscriptChoice } from "../TranscriptChoice";

interface Props {
  booking: BookingView;
  /** In the click itself, or the browser refuses the sound. */
  onYes: (yes: BookingJoin) => Promise<void>;
  onClose: () => void;
}

export function JoinSheet({ booking, onYes, onClose }: Props) {
  const terms = useSignal<TermsView | null>(null);
  const isAccepted = useSignal(false);
  const wantsTranscript = useSignal(false);
  const isBusy = useSignal(false);
  const problem = useSignal("");
  useEffect(() => {
    ask("GET /api/terms").then(
      (found) => (terms.value = found),
      (refusal: Error) => (problem.value = refusal.message),
    );
  }, []);
  const person = booking.therapist;
  const isClosedFor = !isAccepted.value || !terms.value;
  const say = async () => {
    if (isBusy.peek() || isClosedFor || !terms.value) return;
    isBusy.value = true;
    problem.value = "";
    try {
      await onYes({ terms_version: terms.value.version, wants_transcript: wantsTranscript.value });
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      problem.value = refusal.message;
      isBusy.value = false;
    }
  };
  return (
    <Sheet
      title={`Before you join ${person.first_name}`}
      onClose={onClose}
      foot={
        <>
          <p class={problem.value ? "error" : "fine"} id="join-reason" role="status">
            {problem.value || (isBusy.value ? "Joining…" : isClosedFor ? "Accept the terms first, then you can join." : "")}
          </p>
          <button
            class="btn btn--primary"
            type="button"
            aria-disabled={isClosedFor}
            aria-describedby="join-reason"
            aria-busy={isBusy.value}
            onClick={() => void say()}
          >
            Agree and join
          </button>
          <button class="btn btn--text" type="button" onClick={onClose}>
            Back
          </button>
        </>
      }
    >
      <details>
        <summary>Read the terms</summary>
        <p class="terms__text">{terms.value?.text.trim() ?? "The terms are on their way…"}</p>
      </details>
      <label class="check">
        <input
          type="checkbox"
          checked={isAccepted.value}
          onChange={(event) => (isAccepted.value = event.currentTarget.checked)}
        />
        <span>I accept the terms</span>
      </label>
      {booking.offers_transcript && (
        <TranscriptChoice
          person={person}
          terms={terms.value}
          wants={wantsTranscript.value}
          onChoose={(wants) => (wantsTranscript.value = wants)}
        />
      )}
      <Crisis isShort />
    </Sheet>
  );
}
