/**
 * A concern for somebody's safety: numbers to ring first, then what, where and whom one has told, and lines of the
 * transcript as evidence. Easy to break: what was typed stays in the tab until the server has it.
 */
import { useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";

import { ask } from "../../http";
import type { ConcernRaise, SessionView } from "../../protocol.gen";
import { navigate } from "../../router";
import { Field, TextArea } from "../../ui/Field";
import { Problem } from "../../ui/Problem";
import { Sheet } from "../../ui/Sheet";
import { useCommand } from "../../ui/useCommand";
import { clock } from "../../ui/words";

const WHO: Record<ConcernRaise["who"], string> = { client: "My client", child: "A child", other: "Somebody else" };

function draftOf(sessionId: string) {
  const key = `concern ${sessionId}`;
  const empty = { id: crypto.randomUUID() as string, who: "client" as ConcernRaise["who"], what: "", where: "", told: "" };
  const kept = sessionStorage.getItem(key);
  const draft = kept ? { ...empty, ...(JSON.parse(kept) as Partial<typeof empty>) } : empty;
  return { draft, keep: (value: typeof empty) => sessionStorage.setItem(key, JSON.stringify(value)), forget: () => sessionStorage.removeItem(key) };
}

function Evidence({ view, chosen, onToggle }: { view: SessionView; chosen: number[]; onToggle: (seq: number) => void }) {
  if (view.utterances.length === 0) return null;
  return (
    <details class="concern__evidence">
      <summary>Lines of the transcript to keep as evidence ({chosen.length})</summary>
      <div class="concern__lines">
        {view.utterances.map((line) => (
          <label key={line.seq} class="check">
            <input type="checkbox" checked={chosen.includes(line.seq)} onChange={() => onToggle(line.seq)} />
            <span>
              <span class="fine num">{clock(line.from_ms / 1_000)}</span> {line.seat === "client" ? view.client_name : "You"}:{" "}
              {line.words.map((word) => word.text.trim()).join(" ")}
            </span>
          </label>
        ))}
      </div>
    </details>
  );
}

/** `stays`: in a call, where raising it must not lead away. */
export function RaiseConcern({ sessionId, stays, onClose }: { sessionId: string; stays: boolean; onClose: () => void }) {
  const form = useId();
  const { draft, keep, forget } = draftOf(sessionId);
  const who = useSignal(draft.who);
  const what = useSignal(draft.what);
  const where = useSignal(draft.where);
  const told = useSignal(draft.told);
  const id = useSignal(draft.id);
  const chosen = useSignal<number[]>([]);
  const view = useSignal<SessionView | null>(null);
  const { isBusy, problem, said, run } = useCommand();
  useEffect(() => {
    ask("GET /api/sessions/{id}", { params: { id: sessionId } }).then(
      (found) => (view.value = found),
      () => undefined, // Without a transcript a concern is raised all the same.
    );
  }, []);
  useEffect(() => keep({ id: id.value, who: who.value, what: what.value, where: where.value, told: told.value }));
  const raise = (event: Event) => {
    event.preventDefault();
    const body = { id: id.value, session_id: sessionId, who: who.value, what: what.value, where: where.value, told: told.value, lines: chosen.value };
    void run(async () => {
      const made = await ask("POST /api/concerns", { body });
      forget();
      if (!stays) navigate(`/concerns/${made.line.id}`);
    }, "It is raised. Our operators have been told, and this client’s record is kept.");
  };
  const toggle = (seq: number) =>
    (chosen.value = chosen.value.includes(seq) ? chosen.value.filter((one) => one !== seq) : [...chosen.value, seq]);
  const foot = said.value ? (
    <button class="btn btn--primary" type="button" onClick={onClose}>
      Close
    </button>
  ) : (
    <>
      <button class="btn btn--quiet" type="button" onClick={onClose}>
        Not now
      </button>
      <button class="btn btn--primary" type="submit" form={form} aria-busy={isBusy.value}>
        Raise it
      </button>
    </>
  );
  return (
    <Sheet title="Raise a concern" foot={foot} onClose={onClose}>
      <p class="concern__ring">
        In danger now: <a href="tel:999">999</a>. A child: NSPCC <a href="tel:08088005000">0808 800 5000</a>. Mental health, any
        hour: <a href="tel:111">111</a>, option 2.
      </p>
      {said.value ? (
        <p role="status">{said.value}</p>
      ) : (
        <form class="stack" id={form} onSubmit={raise}>
          <fieldset>
            <legend class="label">Who is at risk?</legend>
            <div class="chips">
              {(Object.keys(WHO) as ConcernRaise["who"][]).map((one) => (
                <label key={one} class="chip">
                  <input type="radio" name={`${form}-who`} checked={who.value === one} onChange={() => (who.value = one)} />
                  <span>{WHO[one]}</span>
                </label>
              ))}
            </div>
          </fieldset>
          <TextArea label="What was said or seen" value={what} maxLength={4_000} />
          <Field label="Where they are now" value={where} maxLength={500} isOptional />
          <Field label="Whom you have told or rung" value={told} maxLength={500} isOptional />
          {view.value && <Evidence view={view.value} chosen={chosen.value} onToggle={toggle} />}
          <p class="fine">Operators read this at once. The client does not see it; their record is kept from now on.</p>
          <Problem text={problem.value} />
        </form>
      )}
    </Sheet>
  );
}
