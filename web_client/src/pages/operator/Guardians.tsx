/** The operator: guardians' consents to be read, and those whose last day is near. */
import { useSignal } from "@preact/signals";

import { ask } from "../../http";
import type { GuardianLine, Guardians } from "../../protocol.gen";
import { Field, TextArea } from "../../ui/Field";
import { Frame } from "../../ui/Frame";
import { Icon } from "../../ui/Icon";
import { Problem } from "../../ui/Problem";
import { useCommand } from "../../ui/useCommand";
import { useFound } from "../../ui/useFound";
import { day, dateTime } from "../../ui/words";
import { Papers } from "../../ui/Papers";
import "./operator.css";

const HALF_A_YEAR_MS = 182 * 86_400_000;

function One({ line, onChange }: { line: GuardianLine; onChange: (all: Guardians) => void }) {
  const until = useSignal(new Date(Date.now() + HALF_A_YEAR_MS).toISOString().slice(0, 10));
  const words = useSignal("");
  const { isBusy, problem, run } = useCommand();
  const decide = (isGood: boolean) =>
    void run(async () => {
      const body = { version: line.version, good_until: isGood ? until.value : null, words: words.value.trim() };
      onChange(await ask("POST /api/guardians/{id}/decide", { params: { id: line.id }, body }));
    });
  return (
    <section class="card stack" aria-labelledby={line.id}>
      <div class="split split--wrap">
        <h2 id={line.id}>{line.client_name}</h2>
        <span class={line.state === "sent" ? "badge badge--accent" : "badge badge--warn"}>
          {line.state === "sent" ? "To be read" : `Ends ${day(line.good_until ?? "")}`}
        </span>
      </div>
      <dl class="facts">
        <dt>Born</dt>
        <dd>{day(line.born)}</dd>
        <dt>Signed by</dt>
        <dd>
          {line.name}, {line.relation}
        </dd>
        <dt>Phone</dt>
        <dd>
          <a href={`tel:${line.phone}`}>{line.phone}</a>
        </dd>
        <dt>Sent</dt>
        <dd>{dateTime(line.sent_at_ms)}</dd>
      </dl>
      <Papers papers={[line.paper]} />
      <Field label="Holds until" type="date" value={until} hint="At most a year; everybody concerned is written to a month before." />
      <TextArea label="Words to the client" value={words} rows={2} maxLength={2_000} isOptional hint="With a no, say what is missing." />
      <div class="cluster">
        <button class="btn btn--primary" type="button" aria-busy={isBusy.value} onClick={() => decide(true)}>
          {line.state === "sent" ? "Accept" : "Prolong"}
        </button>
        <button class="btn btn--danger-quiet" type="button" aria-busy={isBusy.value} onClick={() => decide(false)}>
          {line.state === "sent" ? "Not accepted" : "End it now"}
        </button>
      </div>
      <Problem text={problem.value} />
    </section>
  );
}

export function GuardiansPage() {
  const { found, trouble } = useFound(() => ask("GET /api/guardians"));
  return (
    <Frame title="Guardians’ consents" look="desk page--narrow">
      <div class="pagehead">
        <h1>Guardians’ consents</h1>
      </div>
      <div class="stack">
        <Problem text={trouble.value} />
        {found.value?.consents.length === 0 && (
          <div class="card empty">
            <Icon name="shield-check" />
            <h2>Nothing to read</h2>
            <p>Clients under 18 send a parent’s or guardian’s consent before their first session; each is reviewed here.</p>
          </div>
        )}
        {found.value?.consents.map((line) => (
          <One key={`${line.id} ${line.version}`} line={line} onChange={(all) => (found.value = all)} />
        ))}
      </div>
    </Frame>
  );
}
