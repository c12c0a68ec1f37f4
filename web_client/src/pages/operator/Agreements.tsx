/** The operator: what people agree to, in versions. A version is never changed; a new one has a day from which it counts. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask } from "../../http";
import type { AgreementLine, AgreementVersion } from "../../protocol.gen";
import { Field, TextArea } from "../../ui/Field";
import { Frame } from "../../ui/Frame";
import { Problem } from "../../ui/Problem";
import { useCommand } from "../../ui/useCommand";
import { useKept } from "../../ui/useKept";
import { dateTime, zoneName } from "../../ui/words";
import "./operator.css";

const NAMES: Record<AgreementLine["kind"], { name: string; about: string }> = {
  terms: { name: "Terms of a session", about: "Read and accepted by the client at each yes" },
  transcript: { name: "Consent to a transcript", about: "Read at each yes, and for a therapist’s standing choice" },
  account: { name: "Terms of the account", about: "Accepted at sign-up" },
  conduct: { name: "Rules of conduct", about: "Accepted by therapists with their application" },
};

function Version({ version }: { version: AgreementVersion }) {
  const isToCome = version.in_force_from_ms > Date.now();
  return (
    <li class="row">
      <details class="row__main">
        <summary>
          Version {version.version}
          {version.is_in_force ? ", in force" : isToCome ? `, in force from ${dateTime(version.in_force_from_ms)}` : ", replaced"}
        </summary>
        <p class="operator__text">{version.text}</p>
      </details>
      <span class="fine">accepted {version.accepted} {version.accepted === 1 ? "time" : "times"}</span>
    </li>
  );
}

function NewVersion({ line, onMade }: { line: AgreementLine; onMade: (lines: AgreementLine[]) => void }) {
  const newest = line.versions[0]!;
  const text = useKept(`agreement:${line.kind}:${newest.version}`, newest.text.trim());
  const day = useSignal("");
  const { isBusy, problem, run } = useCommand();
  const make = (event: Event) => {
    event.preventDefault();
    const from = day.value ? new Date(`${day.value}T00:00`).getTime() : Date.now();
    const body = { kind: line.kind, text: text.value, in_force_from_ms: from };
    void run(async () => onMade((await ask("POST /api/agreements", { body })).agreements));
  };
  return (
    <form class="stack" onSubmit={make}>
      <TextArea label="Text" value={text} rows={14} maxLength={20_000} />
      <Field label="In force from" type="date" value={day} isOptional min={new Date(Date.now() + 86_400_000).toISOString().slice(0, 10)} hint={`The beginning of that day, ${zoneName}. Empty: from now on.`} />
      <div>
        <button class="btn btn--primary" type="submit" aria-busy={isBusy.value}>
          Make this version
        </button>
      </div>
      <Problem text={problem.value} />
    </form>
  );
}

export function AgreementsPage() {
  const lines = useSignal<AgreementLine[] | null>(null);
  const { problem, said, run } = useCommand();
  useEffect(() => void run(async () => void (lines.value = (await ask("GET /api/agreements")).agreements)), []);
  return (
    <Frame title="Terms and consents" look="desk page--narrow">
      <div class="pagehead">
        <h1>Terms and consents</h1>
      </div>
      <Problem text={problem.value} />
      <p role="status" class="operator__said">
        {said.value}
      </p>
      <div class="stack operator">
        {lines.value?.map((line) => (
          <section key={line.kind} class="card stack" aria-labelledby={line.kind}>
            <div>
              <h2 id={line.kind}>{NAMES[line.kind].name}</h2>
              <p class="sub">{NAMES[line.kind].about}</p>
            </div>
            <ul class="rows">
              {line.versions.map((version) => (
                <Version key={version.version} version={version} />
              ))}
            </ul>
            <details key={line.versions.length}>
              <summary>Write a new version</summary>
              <NewVersion
                line={line}
                onMade={(made) => {
                  lines.value = made;
                  said.value = "The new version is kept. What was accepted before keeps its own.";
                }}
              />
            </details>
          </section>
        ))}
      </div>
    </Frame>
  );
}
