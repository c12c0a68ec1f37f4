/** Support: what one wrote and what was answered; for operators all of it. One page writes, one reads and goes on. */
import { useSignal, type Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask } from "../http";
import type { MatterBegin, MatterLine, MatterStep, MatterView, PaperView } from "../protocol.gen";
import { navigate } from "../router";
import { me } from "../state";
import { Field, TextArea } from "../ui/Field";
import { FileButton } from "../ui/FileButton";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { LinkRow } from "../ui/LinkRow";
import { Problem } from "../ui/Problem";
import { useCommand } from "../ui/useCommand";
import { useFound } from "../ui/useFound";
import { useKept } from "../ui/useKept";
import { dateTime } from "../ui/words";
import { Papers } from "../ui/Papers";
import { Quality } from "./session/Quality";
import "../styles/client.css";
import "./operator/operator.css";

const ASKED: Record<MatterBegin["kind"], string> = {
  question: "A question",
  problem: "Something does not work",
  complaint: "A complaint",
};
const KINDS: Record<MatterLine["kind"], string> = { ...ASKED, conduct: "A matter of conduct" };
const STATES: Record<MatterLine["state"], { own: string; desk: string; look: string }> = {
  open: { own: "With us", desk: "To be answered", look: "badge badge--accent" },
  answered: { own: "Answered", desk: "Answered", look: "badge badge--good" },
  decided: { own: "Decided", desk: "Decided", look: "badge badge--good" },
  appealed: { own: "Being looked at again", desk: "Appeal, to be decided", look: "badge badge--warn" },
  closed: { own: "Closed", desk: "Closed", look: "badge" },
};
const ACTS: Record<MatterStep["act"], { button: string; told: string }> = {
  write: { button: "Send", told: "wrote" },
  answer: { button: "Answer", told: "answered" },
  decide: { button: "Decide", told: "decided" },
  appeal: { button: "Appeal against it", told: "appealed" },
  close: { button: "Close it", told: "closed it" },
};

function look(): string {
  return me.value?.role === "client" ? "page--narrow" : "desk page--narrow";
}

/** A matter of conduct begins with us: what is answered there is what we asked. */
const ASKED_OF_THEM = { own: "Waits for your answer", desk: "Waits for their answer", look: "badge badge--warn" };

function State({ line }: { line: MatterLine }) {
  const { own, desk, look: style } = line.kind === "conduct" && line.state === "answered" ? ASKED_OF_THEM : STATES[line.state];
  return <span class={style}>{me.value?.role === "admin" ? desk : own}</span>;
}

function List({ lines }: { lines: MatterLine[] }) {
  return (
    <section class="card card--flush" aria-label="What was written">
      <ul class="rows">
        {lines.map((line) => (
          <LinkRow
            key={line.id}
            to={`/support/${line.id}`}
            name={line.subject}
            about={[
              line.person_name,
              KINDS[line.kind].toLowerCase(),
              dateTime(line.changed_at_ms, me.value?.role === "client"),
            ]
              .filter(Boolean)
              .join(", ")}
          >
            <State line={line} />
          </LinkRow>
        ))}
      </ul>
    </section>
  );
}

export function SupportPage() {
  const { found, trouble } = useFound(() => ask("GET /api/support"));
  const lines = found.value?.matters;
  const isDesk = me.value?.role === "admin";
  return (
    <Frame title="Support" look={look()}>
      <div class="pagehead">
        <h1>Support</h1>
        {!isDesk && (
          <a class="btn btn--primary" href="/support/new">
            Write to us
          </a>
        )}
      </div>
      <div class="stack">
        <Problem text={trouble.value} />
        {lines?.length === 0 && (
          <div class="card empty">
            <Icon name="message-circle" />
            <h2>{isDesk ? "Nobody has written" : "You have not written to us yet"}</h2>
            <p>{isDesk ? "Questions, problems and complaints are listed here." : "Many answers stand in the guide, under Help."}</p>
          </div>
        )}
        {lines && lines.length > 0 && <List lines={lines} />}
      </div>
    </Frame>
  );
}

function Attach({ paper, isBusy, onFile }: { paper: Signal<PaperView | null>; isBusy: boolean; onFile: (file: File) => void }) {
  return (
    <div class="cluster">
      <FileButton accept="image/jpeg,image/png,image/webp,application/pdf" isBusy={isBusy} onFile={onFile}>
        {paper.value ? "Another file" : "Add a screenshot or a file"}
      </FileButton>
      <span class="fine" role="status">
        {paper.value?.name}
      </span>
    </div>
  );
}

/** `sessionId`: the session it is about, whose quality receipt goes along; "" for none. */
export function NewSupportPage({ sessionId }: { sessionId: string }) {
  const id = useSignal<string>(crypto.randomUUID());
  const usual = sessionId ? "problem" : "question";
  const kind = useKept<MatterBegin["kind"]>(`support:${sessionId}:kind`, usual);
  const subject = useKept(`support:${sessionId}:subject`, "");
  const text = useKept(`support:${sessionId}:text`, "");
  const paper = useSignal<PaperView | null>(null);
  const { isBusy, problem, run } = useCommand();
  const give = (file: File) => void run(async () => void (paper.value = await ask("POST /api/support/papers", { file })));
  const send = (event: Event) => {
    event.preventDefault();
    const about = { session_id: sessionId || null, paper_id: paper.value?.id ?? null };
    const body = { id: id.value, kind: kind.value, subject: subject.value.trim(), text: text.value.trim(), ...about };
    void run(async () => {
      const made = await ask("POST /api/support", { body });
      subject.value = text.value = "";
      kind.value = usual;
      navigate(`/support/${made.line.id}`, { replace: true });
    });
  };
  return (
    <Frame title="Write to us" look={look()}>
      <div class="pagehead">
        <h1>Write to us</h1>
      </div>
      <form class="card stack gap-5" onSubmit={send}>
        <fieldset>
          <legend class="label">What is it?</legend>
          <div class="chips">
            {(Object.keys(ASKED) as MatterBegin["kind"][]).map((one) => (
              <label key={one} class="chip">
                <input type="radio" name="kind" checked={kind.value === one} onChange={() => (kind.value = one)} />
                <span>{ASKED[one]}</span>
              </label>
            ))}
          </div>
        </fieldset>
        {kind.value === "complaint" && (
          <p class="sub">An operator looks into it and decides. If you do not agree you can appeal, and somebody else looks at it again.</p>
        )}
        <Field label="In a few words" value={subject} maxLength={120} />
        <TextArea label="What happened" value={text} rows={6} maxLength={4_000} />
        <Attach paper={paper} isBusy={isBusy.value} onFile={give} />
        {sessionId && <p class="fine">The figures of that session’s connection go along: losses and reconnects, no words.</p>}
        <div class="stack gap-2">
          <div>
            <button class="btn btn--primary" type="submit" aria-busy={isBusy.value}>
              Send
            </button>
          </div>
          <Problem text={problem.value} />
        </div>
      </form>
    </Frame>
  );
}

function GoOn({ view }: { view: Signal<MatterView | null> }) {
  const text = useKept(`support:${view.peek()?.line.id}:more`, "");
  const paper = useSignal<PaperView | null>(null);
  const { isBusy, problem, run } = useCommand();
  const found = view.value!;
  const isDesk = me.value?.role === "admin";
  const give = (file: File) => void run(async () => void (paper.value = await ask("POST /api/support/papers", { file })));
  const act = (what: MatterStep["act"]) =>
    void run(async () => {
      const words = text.value.trim() || (what === "close" ? "Closed." : "");
      const body = { version: found.version, act: what, text: words, paper_id: paper.value?.id ?? null };
      const after = await ask("POST /api/support/{id}/steps", { params: { id: found.line.id }, body });
      text.value = "";
      paper.value = null;
      view.value = after;
    });
  const order: MatterStep["act"][] = ["write", "answer", "decide", "appeal", "close"];
  const may = order.filter((one) => found.may.includes(one));
  return (
    <form class="card stack" aria-label="Go on" onSubmit={(event) => event.preventDefault()}>
      <TextArea label={isDesk ? "Your answer" : "Your words"} value={text} maxLength={4_000} />
      {!isDesk && <Attach paper={paper} isBusy={isBusy.value} onFile={give} />}
      <div class="cluster">
        {may.map((one, number) => (
          <button key={one} class={number === 0 ? "btn btn--primary" : "btn btn--quiet"} type="button" aria-busy={isBusy.value} onClick={() => act(one)}>
            {ACTS[one].button}
          </button>
        ))}
      </div>
      <Problem text={problem.value} />
    </form>
  );
}

export function MatterPage({ id }: { id: string }) {
  const view = useSignal<MatterView | null>(null);
  const { problem, run } = useCommand();
  useEffect(() => void run(async () => void (view.value = await ask("GET /api/support/{id}", { params: { id } }))), [id]);
  const found = view.value;
  const isDesk = me.value?.role === "admin";
  return (
    <Frame title={found?.line.subject ?? "Support"} look={look()}>
      <a class="line-link" href="/support">
        <Icon name="arrow-left" small />
        Support
      </a>
      <div class="pagehead">
        <h1>{found?.line.subject ?? "Support"}</h1>
        {found && <State line={found.line} />}
      </div>
      <Problem text={problem.value} />
      {found && (
        <div class="stack">
          {isDesk && (
            <p class="fine">
              {found.line.person_name}, {found.line.person_role}. {KINDS[found.line.kind]}.
            </p>
          )}
          {!isDesk && found.line.kind === "conduct" && (
            <p class="sub">Say how you see it. If you do not agree with what is decided you can appeal, and somebody else looks at it again.</p>
          )}
          <ol class="rows card card--flush said" aria-label="What was said">
            {found.said.map((one) => (
              <li key={one.at_ms} class="row">
                <span class="row__main stack gap-2">
                  <span class="fine">
                    {one.is_desk ? `${one.by_name}, for us,` : isDesk ? one.by_name : "You"} {ACTS[one.act].told}, {dateTime(one.at_ms, me.value?.role === "client")}
                  </span>
                  <span class="said__words">{one.text}</span>
                  {one.paper && <Papers papers={[one.paper]} />}
                </span>
              </li>
            ))}
          </ol>
          {isDesk && found.session_id && (
            <section class="card stack" aria-label="The session’s connection">
              <Quality sessionId={found.session_id} clientName="The client" />
            </section>
          )}
          {found.may.length > 0 && <GoOn key={found.version} view={view} />}
        </div>
      )}
    </Frame>
  );
}
