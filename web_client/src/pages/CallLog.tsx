/** The therapist's sessions: who, when, how long, what still needs notes, and where certain words were said. */
import { useEffect } from "preact/hooks";

import type { CallLogEntry } from "../protocol.gen";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { dateTime, duration, zoneName } from "../ui/words";
import { narrowed } from "./log/choice";
import { Filters } from "./log/Filters";
import { Hits } from "./log/Hits";
import { choice, entries, found, isBusy, list, load, more, seek, sought, trouble } from "./log/useLog";
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
        {needsNotes(entry) ? <strong class="todo">To write</strong> : entry.has_notes ? "Written" : entry.are_notes_expired ? "Deleted" : "None"}
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

function NothingLeft() {
  const isNarrowed = narrowed(choice.value) > 0;
  return (
    <div class="card empty">
      <Icon name={isNarrowed ? "search" : "check"} />
      <h2>{isNarrowed ? "No session like that" : "Nothing left to write"}</h2>
      <p>{isNarrowed ? "Choose another client, time or transcript above." : "Every session has its notes."}</p>
    </div>
  );
}

function List() {
  const view = list.value;
  if (!view) return trouble.value ? null : <Loading />;
  if (view.all === 0) return <Empty />;
  const shown = entries.value;
  return (
    <>
      <Filters view={view} />
      {shown.length > 0 ? (
        <div class="card card--flush" aria-busy={isBusy.value}>
          <div class="log__row log__row--head" aria-hidden="true">
            <span>Who</span>
            <span>When, {zoneName}</span>
            <span>How long</span>
            <span>Notes</span>
            <span>Transcript</span>
          </div>
          <ul class="log__rows" aria-label="Call log">
            {shown.map((entry) => (
              <Entry key={entry.session_id} entry={entry} />
            ))}
          </ul>
        </div>
      ) : (
        <NothingLeft />
      )}
      <p class="fine more">
        <span role="status">
          {shown.length < view.total
            ? `${shown.length} of ${view.total} sessions.`
            : view.total === 1
              ? "1 session"
              : `${view.total} sessions`}
        </span>
        {view.next && (
          <button class="btn btn--text btn--small" type="button" aria-disabled={isBusy.value} onClick={() => void more()}>
            Show more
          </button>
        )}
      </p>
    </>
  );
}

function Finder() {
  return (
    <form
      class="search finder"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        seek(sought.value, true);
      }}
    >
      <Icon name="search" />
      <input
        class="input"
        type="search"
        aria-label="Search names and words said"
        placeholder="Names and words said"
        maxLength={100}
        value={sought.value}
        onInput={(event) => seek(event.currentTarget.value)}
      />
    </form>
  );
}

export function CallLogPage() {
  useEffect(() => void load(), []);
  return (
    <Frame title="Call log" look="desk log">
      <div class="pagehead">
        <h1>Call log</h1>
        {list.value && list.value.all > 0 && <Finder />}
        <a class="line-link" href="/concerns">My concerns</a>
      </div>
      {trouble.value && (
        <div class="banner banner--bad" role="alert">
          <Icon name="circle-alert" />
          <div>
            <p>{trouble.value}</p>
          </div>
          <button
            class="btn btn--quiet btn--small"
            type="button"
            onClick={() => (sought.value.trim().length > 1 ? seek(sought.value, true) : void load())}
          >
            Try again
          </button>
        </div>
      )}
      {found.value ? (
        <Hits view={found.value} />
      ) : isBusy.value && sought.value.trim().length > 1 ? (
        <p class="sub" role="status">
          Looking through your sessions…
        </p>
      ) : (
        <List />
      )}
    </Frame>
  );
}
