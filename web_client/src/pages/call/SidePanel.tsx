/** Beside the picture: chat for both; for the therapist also notes and what the client wrote when they asked. */
import type { Signal } from "@preact/signals";

import type { Call } from "../../call/call";
import { otherOf } from "../../call/sentences";
import { request } from "../../state";
import type { Panel } from "./Bar";
import { CallIcon } from "./CallIcon";
import { ChatPanel } from "./ChatPanel";
import { NotesPanel } from "./NotesPanel";

type Shown = Exclude<Panel, null>;

function Close({ panel }: { panel: Signal<Panel> }) {
  return (
    <button
      class="btn btn--icon btn--small panel__x"
      type="button"
      aria-label="Close panel"
      onClick={() => (panel.value = null)}
    >
      <CallIcon name="x" />
    </button>
  );
}

function Tabs({ panel, name }: { panel: Signal<Panel>; name: string }) {
  const tabs: [Shown, string][] = [
    ["notes", "Notes"],
    ["chat", "Chat"],
    ["person", name],
  ];
  const step = (event: KeyboardEvent, by: number) => {
    const at = tabs.findIndex(([shown]) => shown === panel.value);
    const next = tabs[(at + by + tabs.length) % tabs.length];
    if (!next) return;
    event.preventDefault();
    panel.value = next[0];
    const list = (event.currentTarget as HTMLElement).parentElement;
    list?.querySelector<HTMLElement>(`#tab-${next[0]}`)?.focus();
  };
  return (
    <div class="panel__tabs">
      <div class="tabs" role="tablist" aria-label="Side panel">
        {tabs.map(([shown, label]) => (
          <button
            key={shown}
            id={`tab-${shown}`}
            type="button"
            role="tab"
            aria-selected={panel.value === shown}
            aria-controls="side"
            tabIndex={panel.value === shown ? 0 : -1}
            onClick={() => (panel.value = shown)}
            onKeyDown={(event) => {
              if (event.key === "ArrowRight") step(event, 1);
              if (event.key === "ArrowLeft") step(event, -1);
            }}
          >
            {label}
          </button>
        ))}
      </div>
      <Close panel={panel} />
    </div>
  );
}

function Person({ call }: { call: Call }) {
  const room = call.room.value;
  const asked = request.value?.session_id === call.sessionId ? request.value : null;
  if (!room) return null;
  const agreed = room.transcript.client_agreed ? "Agreed to" : "Not wanted";
  return (
    <div class="panel__body stack" tabIndex={0}>
      <h2>
        {room.client.first_name} {room.client.last_name}
      </h2>
      {asked?.is_worried && <p class="badge badge--bad">Worried about their safety</p>}
      {asked?.note && (
        <div>
          <p class="micro">What {room.client.first_name} wrote</p>
          <p>{asked.note}</p>
        </div>
      )}
      <dl class="facts">
        {asked && (
          <>
            <dt>Area</dt>
            <dd>{[asked.area, asked.issue].filter(Boolean).join(", ")}</dd>
          </>
        )}
        <dt>Transcript</dt>
        <dd>{agreed}</dd>
      </dl>
    </div>
  );
}

export function SidePanel({ call, panel }: { call: Call; panel: Signal<Panel> }) {
  const room = call.room.value;
  const name = room ? otherOf(room).first_name : "";
  const isWork = call.seat === "therapist";
  return (
    <section class={isWork ? "panel desk" : "panel"} aria-label={isWork ? "Side panel" : `Chat with ${name}`}>
      {isWork ? (
        <Tabs panel={panel} name={name || "Client"} />
      ) : (
        <div class="panel__head">
          <h2>Chat</h2>
          <Close panel={panel} />
        </div>
      )}
      <div class="panel__one" id="side" role={isWork ? "tabpanel" : undefined} aria-labelledby={isWork ? `tab-${panel.value}` : undefined}>
        {panel.value === "chat" && <ChatPanel call={call} />}
        {panel.value === "notes" && call.notes && <NotesPanel notes={call.notes} />}
        {panel.value === "person" && <Person call={call} />}
      </div>
    </section>
  );
}
