/** One session in the evening: the transcript by speaker, and beside it the notes. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";

import type { ChatLine, SessionView } from "../protocol.gen";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { later } from "../ui/later";
import { Linked } from "../ui/Linked";
import { areaName, clockTime, dateTime, duration, endedByItself, money, zoneName } from "../ui/words";
import { NoNotes, NotesPaper } from "./session/NotesPaper";
import { SessionMenu } from "./session/SessionMenu";
import { Transcript } from "./session/Transcript";
import { Reading, show } from "./session/useReading";
import { useSession } from "./session/useSession";
import "./Session.css";

const quality = later(async () => (await import("./session/Quality")).Quality, { isPart: true });

function Back() {
  return (
    <a class="back" href="/call-log">
      <Icon name="arrow-left" small />
      Call log
    </a>
  );
}

function charge(view: SessionView): string {
  if (view.is_rehearsal) return "Nothing is charged for a test session.";
  if (!view.ended_reason) return "The session is still going on.";
  if (view.charged_pence === 0) return "Nothing was charged.";
  return `Charged ${money(view.charged_pence)}, your share ${money(view.share_pence)}.`;
}

function Facts({ view, onReload }: { view: SessionView; onReload: () => Promise<void> }) {
  return (
    <div class="sess__head">
      <Back />
      <div class="split split--wrap">
        <div>
          <h1>
            {view.client_name} {view.is_rehearsal && <span class="badge sess__test">Test session</span>}
          </h1>
          <p class="sub">
            {dateTime(view.at_ms)}, {zoneName}. {duration(view.length_s)}, {areaName(view.area).toLowerCase()}.{" "}
            {charge(view)} {endedByItself(view.ended_reason)}
          </p>
        </div>
        <SessionMenu view={view} onReload={onReload} />
      </div>
    </div>
  );
}

function Chat({ lines, name }: { lines: ChatLine[]; name: string }) {
  if (lines.length === 0) return null;
  return (
    <section class="card card--flush sess__chat" aria-label="Chat of the call">
      <div class="sess__bar">
        <h2>Chat</h2>
      </div>
      <ol class="says sess__says" aria-label="Chat lines">
        {lines.map((line) => {
          const isMine = line.seat === "therapist";
          return (
            <li class={isMine ? "sess__line sess__line--mine" : "sess__line"} key={line.id} id={`chat-${line.seq}`}>
              <span class={isMine ? "say say--mine" : "say"}>
                <Linked text={line.text} />
              </span>
              <span class="say__when">
                {isMine ? "You" : name}, <span class="num">{clockTime(line.at_ms)}</span>
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

type Part = "transcript" | "notes";

function Tabs({ part, onChoose }: { part: Part; onChoose: (part: Part) => void }) {
  const tab = (name: Part, words: string) => (
    <button
      role="tab"
      type="button"
      id={`tab-${name}`}
      aria-selected={part === name}
      aria-controls={name}
      tabIndex={part === name ? 0 : -1}
      onClick={() => onChoose(name)}
    >
      {words}
    </button>
  );
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const next = part === "transcript" ? "notes" : "transcript";
    onChoose(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <div class="tabs sess__tabs" role="tablist" aria-label="Part of the session" onKeyDown={onKeyDown}>
      {tab("transcript", "Transcript")}
      {tab("notes", "Notes")}
    </div>
  );
}

function Missing() {
  return (
    <div class="card empty sess__missing">
      <Icon name="file-x" />
      <h1>No such session</h1>
      <p>It is not among your sessions. Perhaps the address was cut short, or it belongs to a colleague.</p>
      <a class="btn btn--primary" href="/call-log">
        Go to the call log
      </a>
    </div>
  );
}

function Loading({ isTrying }: { isTrying: boolean }) {
  return (
    <div class="sess__head" aria-busy="true">
      <Back />
      <h1>Session</h1>
      <p class="sub" role="status">
        {isTrying ? "We cannot reach the server just now. Trying again." : "One moment…"}
      </p>
      <span class="skeleton" />
    </div>
  );
}

interface Props {
  id: string;
  /** Where in it: "said" or "chat" with `seq`, or "notes"; else its beginning. */
  part: string;
  seq: number;
}

export function SessionPage({ id, part: where, seq }: Props) {
  const session = useSession(id);
  const { view, refusal, notes, reload } = session;
  const reading = useMemo(() => new Reading(id, session), [notes]);
  const part = useSignal<Part>(where === "notes" ? "notes" : "transcript");
  const opened = view.value;
  const isMissing = !opened && refusal.value !== null && refusal.value !== "no_answer";
  useEffect(() => {
    if (!opened) return;
    if (where === "said") {
      const said = opened.utterances.find((one) => one.seq === seq);
      if (said) reading.pick(said);
      show(`said-${seq}`, false);
    } else if (where === "chat") show(`chat-${seq}`, false);
  }, [opened === null]);
  return (
    <Frame
      title={opened ? `Session with ${opened.client_name}` : "Session"}
      look={isMissing ? "desk" : `desk sess sess--${part.value}`}
    >
      {isMissing ? (
        <Missing />
      ) : opened ? (
        <>
          <Facts view={opened} onReload={reload} />
          <Tabs part={part.value} onChoose={(next) => (part.value = next)} />
          <div class="stack sess__left">
            <Transcript view={opened} reading={reading} onReload={reload} />
            <Chat lines={opened.chat} name={opened.client_name.split(" ")[0] ?? ""} />
            <quality.Page sessionId={id} clientName={opened.client_name.split(" ")[0] ?? ""} />
            <a class="line-link" href={`/support/new/${id}`}>
              Report a problem with this session
            </a>
          </div>
          {opened.is_erased ? (
            <NoNotes />
          ) : (
            <NotesPaper id={id} notes={notes} isExpired={opened.are_notes_expired} />
          )}
        </>
      ) : (
        <Loading isTrying={refusal.value === "no_answer"} />
      )}
    </Frame>
  );
}
