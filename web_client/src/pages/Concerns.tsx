/** Concerns: a therapist's own, for operators all; each with what was done about it, until it is closed. */
import { useSignal, type Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask } from "../http";
import type { ConcernLine, ConcernStep, ConcernView } from "../protocol.gen";
import { me } from "../state";
import { TextArea } from "../ui/Field";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { LinkRow } from "../ui/LinkRow";
import { Problem } from "../ui/Problem";
import { useCommand } from "../ui/useCommand";
import { useKept } from "../ui/useKept";
import { useFound } from "../ui/useFound";
import { clock, dateTime } from "../ui/words";
import "./operator/operator.css";

const STATES: Record<ConcernLine["state"], { word: string; look: string }> = {
  open: { word: "Open", look: "badge badge--bad" },
  acting: { word: "Being acted on", look: "badge badge--warn" },
  closed: { word: "Closed", look: "badge badge--good" },
};
const STEPS = { note: "Note", acting: "Acting on it", closed: "Closed", reopened: "Opened again" };
const WHO = { client: "The client", child: "A child", other: "Somebody else" };

function State({ line }: { line: ConcernLine }) {
  const { word, look } = STATES[line.state];
  return <span class={look}>{word}</span>;
}

function ConcernsPage() {
  const { found, trouble } = useFound(() => ask("GET /api/concerns"));
  const lines = found.value?.concerns;
  return (
    <Frame title="Concerns" look="desk page--narrow">
      <div class="pagehead">
        <h1>Concerns</h1>
      </div>
      <Problem text={trouble.value} />
      {lines?.length === 0 && (
        <div class="card empty">
          <Icon name="shield-check" />
          <h2>No concerns</h2>
          <p>Therapists raise one in the call, under More, or on the page of a session.</p>
        </div>
      )}
      {lines && lines.length > 0 && (
        <section class="card card--flush" aria-label="Concerns, open ones first">
          <ul class="rows">
            {lines.map((line) => (
              <LinkRow
                key={line.id}
                to={`/concerns/${line.id}`}
                name={line.client_name}
                about={`raised by ${line.raised_by}, ${dateTime(line.raised_at_ms)}`}
              >
                <State line={line} />
              </LinkRow>
            ))}
          </ul>
        </section>
      )}
    </Frame>
  );
}

function Do({ view }: { view: Signal<ConcernView | null> }) {
  const words = useKept(`concern:${view.peek()?.line.id}`, "");
  const { isBusy, problem, run } = useCommand();
  const found = view.value!;
  const step = (kind: ConcernStep["kind"]) =>
    void run(async () => {
      const body = { version: found.version, kind, words: words.value.trim() };
      view.value = await ask("POST /api/concerns/{id}/steps", { params: { id: found.line.id }, body });
      words.value = "";
    });
  const isOperator = me.value?.role === "admin";
  const state = found.line.state;
  if (state === "closed" && !isOperator) return null;
  return (
    <form class="card stack" aria-labelledby="do" onSubmit={(event) => event.preventDefault()}>
      <h2 id="do">What was done</h2>
      <TextArea label="In your words" value={words} rows={3} maxLength={4_000} hint="Whom you rang or told, when, and what they said. Kept for good." />
      <div class="cluster">
        {isOperator && state === "open" && (
          <button class="btn btn--primary" type="button" aria-busy={isBusy.value} onClick={() => step("acting")}>
            I act on it
          </button>
        )}
        {state !== "closed" && (
          <button class="btn btn--quiet" type="button" aria-busy={isBusy.value} onClick={() => step("note")}>
            Add a note
          </button>
        )}
        {isOperator && state !== "closed" && (
          <button class="btn btn--quiet" type="button" aria-busy={isBusy.value} onClick={() => step("closed")}>
            Close it
          </button>
        )}
        {isOperator && state === "closed" && (
          <button class="btn btn--quiet" type="button" aria-busy={isBusy.value} onClick={() => step("reopened")}>
            Open it again
          </button>
        )}
      </div>
      <Problem text={problem.value} />
    </form>
  );
}

function Facts({ view }: { view: ConcernView }) {
  return (
    <section class="card stack" aria-labelledby="facts">
      <h2 id="facts">What is known</h2>
      <dl class="facts">
        <dt>At risk</dt>
        <dd>{WHO[view.who]}</dd>
        <dt>Client</dt>
        <dd class="operator__long">
          {view.client_email}
          {view.client_phone && (
            <>
              , <a href={`tel:${view.client_phone}`}>{view.client_phone}</a>
            </>
          )}
        </dd>
        <dt>Where they are</dt>
        <dd>{view.where || "not known"}</dd>
        <dt>Told so far</dt>
        <dd>{view.told || "nobody yet"}</dd>
      </dl>
      <p class="operator__text">{view.what}</p>
      {view.evidence.length > 0 && (
        <div class="stack gap-2">
          <h3>Lines of the transcript, by machine, as they read then</h3>
          <ul class="rows">
            {view.evidence.map((line) => (
              <li key={line.from_ms} class="row">
                <span>
                  <span class="fine num">{clock(line.from_ms / 1_000)}</span> {line.seat === "client" ? "Client" : "Therapist"}: {line.text}
                </span>
              </li>
            ))}
          </ul>
        </div>
      )}
      <p class="sub">
        To ring: <a href="tel:999">999</a>; NSPCC <a href="tel:08088005000">0808 800 5000</a>; mental health{" "}
        <a href="tel:111">111</a>, option 2. The client’s record is kept until the hold is lifted at the console.
      </p>
    </section>
  );
}

function ConcernPage({ id }: { id: string }) {
  const view = useSignal<ConcernView | null>(null);
  const { problem, run } = useCommand();
  useEffect(() => void run(async () => void (view.value = await ask("GET /api/concerns/{id}", { params: { id } }))), [id]);
  const found = view.value;
  return (
    <Frame title="Concern" look="desk page--narrow">
      <a class="line-link" href="/concerns">
        <Icon name="arrow-left" small />
        All concerns
      </a>
      <div class="pagehead">
        <h1>{found ? found.line.client_name : "Concern"}</h1>
        {found && <State line={found.line} />}
      </div>
      <Problem text={problem.value} />
      {found && (
        <div class="stack">
          <p class="fine">
            Raised by {found.line.raised_by}, {dateTime(found.line.raised_at_ms)}
          </p>
          <Facts view={found} />
          {found.steps.length > 0 && (
            <section class="card stack" aria-label="What was done">
              <ul class="rows">
                {found.steps.map((step) => (
                  <li key={step.at_ms} class="row">
                    <span class="row__main">
                      <strong class="strong">{STEPS[step.kind]}</strong>
                      <span>{step.words}</span>
                      <span class="fine">
                        {step.by_name}, {dateTime(step.at_ms)}
                      </span>
                    </span>
                  </li>
                ))}
              </ul>
            </section>
          )}
          <Do view={view} />
        </div>
      )}
    </Frame>
  );
}

export function ConcernPages({ id }: { id: string }) {
  return id ? <ConcernPage id={id} /> : <ConcernsPage />;
}
