/** The therapist's sessions: who, when, how long, and what still needs notes. */
import { useComputed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask } from "../http";
import type { CallLogEntry } from "../protocol.gen";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { dateTime, duration, zoneName } from "../ui/words";
import { badge, needsNotes } from "./session/words";
import "./CallLog.css";

function Entry({ entry }: { entry: CallLogEntry }) {
  const transcript = badge(entry.transcript);
  return (
    <li class="log__row">
      <span class="cluster">
        <a class="who" href={`/sessions/${entry.session_id}`}>
          {entry.client_name}
        </a>
        {entry.is_rehearsal && <span class="badge">Test session</span>}
      </span>
      <span class="log__when">{dateTime(entry.at_ms)}</span>
      <span class="log__long">{duration(entry.length_s)}</span>
      <span class="log__notes">
        <span class="log__label">Notes: </span>
        {needsNotes(entry) ? <strong class="todo">To write</strong> : entry.has_notes ? "Written" : "None"}
      </span>
      <span class="log__transcript">
        <span class="sr">Transcript: </span>
        <span class={transcript.tone ? `badge badge--${transcript.tone}` : "badge"}>{transcript.text}</span>
      </span>
    </li>
  );
}

function Loading() {
  return (
    <div class="card card--flush" aria-busy="true">
      <span class="sr" role="status">
        Loading the call log
      </span>
      {[38, 30, 42, 34].map((width) => (
        <div class="row" key={width}>
          <span class="skeleton" style={{ width: `${width}%` }} />
        </div>
      ))}
    </div>
  );
}

function Empty() {
  return (
    <div class="card empty">
      <Icon name="scroll-text" />
      <h2>No sessions yet</h2>
      <p>After your first call it is listed here, with its notes and, if you both agreed, its transcript.</p>
      <a class="btn btn--quiet" href="/">
        Go to the pool
      </a>
    </div>
  );
}

interface Choice {
  sought: string;
  isUnwritten: boolean;
}

function chosen(entries: readonly CallLogEntry[], { sought, isUnwritten }: Choice): CallLogEntry[] {
  const wanted = sought.trim().toLocaleLowerCase("en-GB");
  return entries.filter(
    (entry) =>
      (!isUnwritten || needsNotes(entry)) && entry.client_name.toLocaleLowerCase("en-GB").includes(wanted),
  );
}

export function CallLogPage() {
  const entries = useSignal<CallLogEntry[] | null>(null);
  const trouble = useSignal("");
  const sought = useSignal("");
  const isUnwritten = useSignal(false);
  const shown = useComputed(() =>
    chosen(entries.value ?? [], { sought: sought.value, isUnwritten: isUnwritten.value }),
  );
  const load = () => {
    trouble.value = "";
    ask("GET /api/call-log")
      .then((view) => (entries.value = view.sessions))
      .catch((refusal: Error) => (trouble.value = refusal.message));
  };
  useEffect(load, []);
  const all = entries.value;
  const unwritten = all?.filter(needsNotes).length ?? 0;
  return (
    <Frame title="Call log" look="desk log">
      <div class="pagehead">
        <h1>Call log</h1>
        {all && all.length > 0 && (
          <div class="search finder" role="search">
            <Icon name="search" />
            <input
              class="input"
              type="search"
              aria-label="Search names"
              placeholder="Search names"
              value={sought.value}
              onInput={(event) => (sought.value = event.currentTarget.value)}
            />
          </div>
        )}
      </div>
      {trouble.value && (
        <div class="banner banner--bad" role="alert">
          <Icon name="circle-alert" />
          <div>
            <p>{trouble.value}</p>
          </div>
          <button class="btn btn--quiet btn--small" type="button" onClick={load}>
            Try again
          </button>
        </div>
      )}
      {!all && !trouble.value && <Loading />}
      {all?.length === 0 && <Empty />}
      {all && all.length > 0 && (
        <>
          <fieldset class="chips log__choice">
            <legend class="sr">Which sessions</legend>
            {[false, true].map((value) => (
              <label class="chip" key={String(value)}>
                <input
                  type="radio"
                  name="which"
                  checked={isUnwritten.value === value}
                  onChange={() => (isUnwritten.value = value)}
                />
                <span>{value ? `Without notes, ${unwritten}` : `All, ${all.length}`}</span>
              </label>
            ))}
          </fieldset>
          {shown.value.length > 0 ? (
            <div class="card card--flush">
              <div class="log__row log__row--head" aria-hidden="true">
                <span>Who</span>
                <span>When, {zoneName}</span>
                <span>How long</span>
                <span>Notes</span>
                <span>Transcript</span>
              </div>
              <ul class="log__rows" aria-label="Call log">
                {shown.value.map((entry) => (
                  <Entry key={entry.session_id} entry={entry} />
                ))}
              </ul>
            </div>
          ) : (
            <div class="card empty">
              <Icon name="check" />
              <h2>{sought.value ? "Nobody by that name" : "Nothing left to write"}</h2>
              <p>{sought.value ? "Look for a part of the name, or show all." : "Every session has its notes."}</p>
            </div>
          )}
          <p class="fine more" role="status">
            {shown.value.length === 1 ? "1 session" : `${shown.value.length} sessions`}
          </p>
        </>
      )}
    </Frame>
  );
}
