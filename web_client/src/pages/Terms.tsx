/**
 * The yes: the terms, never ticked beforehand, and apart from them the equal choice about a transcript.
 * Easy to break: `agree` runs inside the click itself, with nothing awaited before it, or the call has no sound.
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { agree, callPath } from "../call/session";
import { forgetDraft } from "../draft";
import { home } from "../home";
import { ask, Refusal } from "../http";
import type { RequestView, TermsView, TherapistCard } from "../protocol.gen";
import { navigate } from "../router";
import { Countdown } from "../ui/Countdown";
import { Crisis } from "../ui/Crisis";
import { Icon } from "../ui/Icon";
import { Sheet } from "../ui/Sheet";
import { money } from "../ui/words";
import { TranscriptChoice } from "./TranscriptChoice";

interface Props {
  current: RequestView;
  person: TherapistCard;
  onClose: () => void;
}

function wordsFor(refusal: unknown, current: RequestView): string {
  if (!(refusal instanceof Refusal)) throw refusal;
  if (refusal.code === "insufficient_funds") {
    return `A session costs ${money(current.price_pence)} and your wallet has less than that. Nothing was taken.`;
  }
  if (refusal.code === "terms_outdated") return "The terms have changed just now. Please read and accept them again.";
  if (refusal.code === "no_answer") {
    return "We cannot reach the server just now. Nothing was taken twice; press again and it is the same yes.";
  }
  return refusal.message;
}

export function Terms({ current, person, onClose }: Props) {
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
      await agree(current, { terms_version: terms.value.version, wants_transcript: wantsTranscript.value });
      forgetDraft();
      navigate(callPath(current.session_id ?? ""), { replace: true });
    } catch (refusal) {
      problem.value = wordsFor(refusal, current);
      if (refusal instanceof Refusal && refusal.code === "terms_outdated") {
        isAccepted.value = false;
        void load();
      }
    }
    isBusy.value = false;
  };

  const isClosedFor = !isAccepted.value || !terms.value;
  return (
    <Sheet
      title={`Before you join ${person.first_name}`}
      look="terms"
      beside={<Countdown untilMs={current.answer_by_ms} size="48px" />}
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
          What we both promise, who sees what, and what a session costs:{" "}
          {home.value?.allowance ? "one of your sessions" : <span class="num">{money(current.price_pence)}</span>}, taken only if you talk for two minutes.
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
      {current.therapist_offers_transcript ? (
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
