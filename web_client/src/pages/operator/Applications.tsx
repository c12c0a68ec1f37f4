/** The operator: who wants to work here, with their papers; approve them, or say what is missing. */
import { useSignal, type Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask } from "../../http";
import type { ApplicationDetail, ApplicationLine } from "../../protocol.gen";
import { TextArea } from "../../ui/Field";
import { Frame } from "../../ui/Frame";
import { Icon } from "../../ui/Icon";
import { LinkRow } from "../../ui/LinkRow";
import { Problem } from "../../ui/Problem";
import { useCommand } from "../../ui/useCommand";
import { useKept } from "../../ui/useKept";
import { dateTime } from "../../ui/words";
import { PublicCard } from "../account/Card";
import { Papers } from "../../ui/Papers";
import "../Account.css";
import "./operator.css";

const STATES: Record<string, { word: string; look: string }> = {
  draft: { word: "Being written", look: "badge" },
  sent: { word: "To be decided", look: "badge badge--accent" },
  approved: { word: "Approved", look: "badge badge--good" },
  refused: { word: "Not approved", look: "badge badge--warn" },
};

function State({ line }: { line: ApplicationLine }) {
  const { word, look } = STATES[line.state]!;
  return <span class={look}>{word}</span>;
}

export function ApplicationsPage() {
  const lines = useSignal<ApplicationLine[] | null>(null);
  const { problem, run } = useCommand();
  useEffect(() => void run(async () => void (lines.value = (await ask("GET /api/applications")).applications)), []);
  return (
    <Frame title="Applications" look="desk page--narrow">
      <div class="pagehead">
        <h1>Applications</h1>
      </div>
      <Problem text={problem.value} />
      {lines.value?.length === 0 && (
        <div class="card empty">
          <Icon name="users" />
          <h2>No applications</h2>
          <p>Therapists apply on the sign-in page; you can invite one under People.</p>
        </div>
      )}
      {lines.value && lines.value.length > 0 && (
        <section class="card card--flush" aria-label="Applications, those to be decided first">
          <ul class="rows">
            {lines.value.map((line) => (
              <LinkRow
                key={line.therapist_id}
                to={`/applications/${line.therapist_id}`}
                name={`${line.first_name} ${line.last_name}`}
                about={`${line.title}, sent ${dateTime(line.sent_at_ms)}`}
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

function Decide({ found }: { found: Signal<ApplicationDetail | null> }) {
  const words = useKept(`application:${found.peek()?.line.therapist_id}`, "");
  const { isBusy, problem, run } = useCommand();
  const detail = found.value!;
  const decide = (isApproved: boolean) =>
    void run(async () => {
      const body = { version: detail.version, is_approved: isApproved, words: words.value.trim() };
      const after = await ask("POST /api/applications/{id}/decide", { params: { id: detail.line.therapist_id }, body });
      words.value = "";
      found.value = after;
    });
  return (
    <section class="card stack" aria-labelledby="decide">
      <h2 id="decide">Your decision</h2>
      <TextArea label="Words to them" value={words} maxLength={2_000} hint="With a no, say what is missing: they can change it and send it again." />
      <div class="cluster">
        <button class="btn btn--primary" type="button" aria-busy={isBusy.value} onClick={() => decide(true)}>
          Approve
        </button>
        <button class="btn btn--danger-quiet" type="button" aria-busy={isBusy.value} onClick={() => decide(false)}>
          Not yet
        </button>
      </div>
      <Problem text={problem.value} />
    </section>
  );
}

export function ApplicationDetailPage({ id }: { id: string }) {
  const found = useSignal<ApplicationDetail | null>(null);
  const { problem, run } = useCommand();
  useEffect(() => void run(async () => void (found.value = await ask("GET /api/applications/{id}", { params: { id } }))), [id]);
  const detail = found.value;
  return (
    <Frame title="Application" look="desk page--narrow">
      <a class="line-link" href="/applications">
        <Icon name="arrow-left" small />
        All applications
      </a>
      <div class="pagehead">
        <h1>{detail ? `${detail.line.first_name} ${detail.line.last_name}` : "Application"}</h1>
        {detail && <State line={detail.line} />}
      </div>
      <Problem text={problem.value} />
      {detail && (
        <div class="stack account">
          <dl class="facts">
            <dt>Email</dt>
            <dd class="operator__long">{detail.email}</dd>
            <dt>Sent</dt>
            <dd>{dateTime(detail.line.sent_at_ms)}</dd>
          </dl>
          {detail.words && (
            <p role="status">
              {detail.line.state === "approved" ? "Approved with the words: " : "Said at the last decision: "}
              {detail.words}
            </p>
          )}
          <section class="card stack" aria-labelledby="given">
            <h2 id="given">Papers</h2>
            <Papers papers={detail.papers} />
          </section>
          {detail.line.state === "sent" && <Decide found={found} />}
          <PublicCard card={detail.card} />
        </div>
      )}
    </Frame>
  );
}
