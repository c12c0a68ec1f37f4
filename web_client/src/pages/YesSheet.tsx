/**
 * A client's yes to a session: the terms, never ticked beforehand, and apart from them the equal choice about a
 * transcript. Easy to break: `onYes` runs inside the click itself, with nothing awaited before it, or the call has no
 * sound.
 */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";

import { ask, Refusal } from "../http";
import type { TermsView, TherapistCard } from "../protocol.gen";
import { Crisis } from "../ui/Crisis";
import { Icon } from "../ui/Icon";
import { Sheet } from "../ui/Sheet";
import { TranscriptChoice } from "./TranscriptChoice";
import "../styles/client.css";

interface Props {
  person: TherapistCard;
  offersTranscript: boolean;
  /** What it costs, where that is still to be agreed to. */
  price?: ComponentChildren;
  /** Stands at the end of the title's line. */
  beside?: ComponentChildren;
  /** Rejects with the server's refusal. */
  onYes: (yes: { terms_version: string; wants_transcript: boolean }) => Promise<void>;
  /** Other words than the server's for a refusal; none: the server's. */
  wordsFor?: (refusal: Refusal) => string | undefined;
  onClose: () => void;
}

export function YesSheet({ person, offersTranscript, price, beside, onYes, wordsFor, onClose }: Props) {
  const terms = useSignal<TermsView | null>(null);
  const isAccepted = useSignal(false);
  const wantsTranscript = useSignal(false);
  const isBusy = useSignal(false);
  const problem = useSignal("");

  const load = () =>
    ask("GET /api/terms").then(
      (found) => (terms.value = found),
      (refusal: Refusal) => (problem.value = refusal.message),
    );

  useEffect(() => void load(), []);

  const say = async () => {
    if (isBusy.value) return;
    if (!terms.value) {
      problem.value = "The terms have not arrived yet. One moment.";
      void load();
      return;
    }
    if (!isAccepted.value) return;
    isBusy.value = true;
    problem.value = "";
    try {
      await onYes({ terms_version: terms.value.version, wants_transcript: wantsTranscript.value });
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      problem.value = wordsFor?.(refusal) ?? refusal.message;
      if (refusal.code === "terms_outdated") {
        problem.value = "The terms have changed just now. Please read and accept them again.";
        isAccepted.value = false;
        void load();
      }
    } finally {
      isBusy.value = false;
    }
  };

  const isClosedFor = !isAccepted.value || !terms.value;
  return (
    <Sheet
      title={`Before you join ${person.first_name}`}
      look="terms"
      beside={beside}
      onClose={onClose}
      foot={
        <>
          <p class={problem.value ? "terms__reason error" : "terms__reason"} id="terms-reason" role="status">
            {problem.value ? (
              <>
                <Icon name="circle-alert" small />
                {problem.value}
              </>
            ) : isBusy.value ? (
              "Joining…"
            ) : isClosedFor ? (
              "Accept the terms first, then you can join."
            ) : (
              ""
            )}
          </p>
          <button
            class="btn btn--primary"
            type="button"
            aria-disabled={isClosedFor}
            aria-describedby="terms-reason"
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
      below={
        <div class="terms__crisis">
          <Crisis isShort />
        </div>
      }
    >
      <fieldset class="stack gap-1">
        <legend class="label">The terms</legend>
        <p class="fine">
          {price ? <>What we both promise, who sees what, and what a session costs: {price}.</> : "What we both promise, and who sees what."}
        </p>
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
      </fieldset>
      <hr class="rule" />
      {offersTranscript ? (
        <TranscriptChoice
          person={person}
          terms={terms.value}
          wants={wantsTranscript.value}
          onChoose={(wants) => (wantsTranscript.value = wants)}
        />
      ) : (
        <p class="sub">{person.first_name} makes no transcripts. Nothing of this session is written down by machine.</p>
      )}
    </Sheet>
  );
}
