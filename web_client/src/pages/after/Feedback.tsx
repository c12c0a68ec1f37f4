/** How the client leaves the call, and a sentence for the therapist. What is typed outlives a reload and a failed try. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask } from "../../http";
import type { FeedbackGiven } from "../../protocol.gen";
import { Icon } from "../../ui/Icon";
import { Problem } from "../../ui/Problem";
import { useCommand } from "../../ui/useCommand";
import { FEELINGS } from "./feeling";

const WORDS_MAX = 1_000;
type Draft = Omit<FeedbackGiven, "rating"> & { rating: number | null };
const EMPTY: Draft = { rating: null, words: "", is_named: true };

function kept(key: string): Draft | null {
  const text = sessionStorage.getItem(key);
  return text === null ? null : (JSON.parse(text) as Draft);
}

function Form({ id, name, start, onSent }: { id: string; name: string; start: Draft; onSent: (given: FeedbackGiven) => void }) {
  const key = `feedback:${id}`;
  const draft = useSignal(kept(key) ?? start);
  const { isBusy, problem, run } = useCommand();
  const change = (changed: Partial<Draft>) => {
    draft.value = { ...draft.value, ...changed };
    sessionStorage.setItem(key, JSON.stringify(draft.value));
  };
  const send = async () => {
    const { rating, words, is_named } = draft.value;
    if (rating === null) {
      problem.value = "Please choose how you are leaving this call.";
      return;
    }
    const { given } = await ask("PUT /api/sessions/{id}/feedback", { params: { id }, body: { rating, words, is_named } });
    sessionStorage.removeItem(key);
    if (given) onSent(given);
  };
  const { rating, words, is_named } = draft.value;
  return (
    <form
      class="card stack feedback"
      onSubmit={(event) => {
        event.preventDefault();
        void run(send);
      }}
    >
      <fieldset>
        <legend class="label">How are you leaving this call?</legend>
        <div class="chips">
          {FEELINGS.map((words, index) => (
            <label class="chip" key={words}>
              <input type="radio" name="feeling" checked={rating === index + 1} onChange={() => change({ rating: index + 1 })} />
              <span>{words}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <div class="field">
        <label class="label" for="feedback-words">
          A sentence for {name} <span class="fine">optional</span>
        </label>
        <textarea
          class="input"
          id="feedback-words"
          rows={2}
          maxLength={WORDS_MAX}
          value={words}
          onInput={(event) => change({ words: event.currentTarget.value })}
        />
      </div>
      <label class="check">
        <input type="checkbox" checked={!is_named} onChange={(event) => change({ is_named: !event.currentTarget.checked })} />
        <span>
          Without my name
          <small class="fine">{name} reads the month, not which session it was about; they may still guess.</small>
        </span>
      </label>
      <div class="cluster">
        <button class="btn btn--quiet" type="submit" aria-disabled={isBusy.value ? true : undefined}>
          Send
        </button>
        <Problem text={problem.value} />
      </div>
    </form>
  );
}

export function Feedback({ id, name }: { id: string; name: string }) {
  const given = useSignal<FeedbackGiven | null>(null);
  const isAsked = useSignal(false);
  const isChanging = useSignal(false);
  useEffect(() => {
    // Without an answer the form stands as if nothing had been sent yet; sending replaces what there was.
    ask("GET /api/sessions/{id}/feedback", { params: { id } })
      .then((own) => (given.value = own.given))
      .catch(() => undefined)
      .finally(() => (isAsked.value = true));
  }, [id]);
  if (!isAsked.value) return null;
  if (given.value && !isChanging.value) {
    return (
      <div class="banner banner--good" role="status">
        <Icon name="check" />
        <div>
          <p>
            <strong>Sent to {name}{given.value.is_named ? "" : ", without your name"}.</strong> Thank you.
          </p>
          <button class="btn btn--text btn--small" type="button" onClick={() => (isChanging.value = true)}>
            Change it
          </button>
        </div>
      </div>
    );
  }
  return (
    <Form
      id={id}
      name={name}
      start={given.value ?? EMPTY}
      onSent={(sent) => {
        given.value = sent;
        isChanging.value = false;
      }}
    />
  );
}
