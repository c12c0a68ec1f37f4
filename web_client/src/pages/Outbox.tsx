/** The operator's outbox: each text and e-mail, and what became of it. What cannot be sent is read here. */
import { useEffect } from "preact/hooks";

import { ask } from "../http";
import type { OutboxView, TextView } from "../protocol.gen";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { useFound } from "../ui/useFound";
import { dateTime, zoneName } from "../ui/words";
import { Mails } from "./outbox/Mails";
import { STATES } from "./outbox/states";
import "./Outbox.css";

const AGAIN_MS = 5_000;

const REASONS: Record<string, string> = {
  closed: "the client was no longer waiting",
  late: "it would have come too late",
  not_wanted: "the therapist was busy or did not want it any more",
  no_number: "there is no number",
};

function why(text: TextView): string {
  if (!text.reason) return "";
  return REASONS[text.reason] ?? `the service answered ${text.reason}`;
}

function Row({ text }: { text: TextView }) {
  const { word, look } = STATES[text.state];
  const tries = text.tries > 1 ? `${text.tries} tries` : "";
  const more = [why(text), tries].filter(Boolean).join(", ");
  return (
    <tr>
      <td>
        <strong class="strong">{text.to_name || "A client"}</strong>
        <span class="fine">{text.number_end ? `number ends in ${text.number_end}` : "no number"}</span>
      </td>
      <td>{text.text}</td>
      <td>
        <span class={look}>{word}</span>
        {more && <span class="fine">{more}</span>}
      </td>
      <td class="fine">{dateTime(text.changed_at_ms)}</td>
    </tr>
  );
}

function Texts({ view }: { view: OutboxView }) {
  if (view.texts.length === 0) {
    return (
      <div class="card empty">
        <Icon name="message-square" />
        <h2>No texts yet</h2>
        <p>A therapist is texted when someone waits, they asked for it in their account, and no page of theirs is open.</p>
      </div>
    );
  }
  return (
    <section class="card card--flush" aria-labelledby="texts">
      <table class="table outbox">
        <thead>
          <tr>
            <th scope="col">To</th>
            <th scope="col">Text</th>
            <th scope="col">State</th>
            <th scope="col">Since</th>
          </tr>
        </thead>
        <tbody>
          {view.texts.map((text) => (
            <Row key={text.id} text={text} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

export function OutboxPage() {
  const { found: view, trouble, refresh } = useFound<OutboxView>(() => ask("GET /api/outbox"));
  useEffect(() => {
    const again = window.setInterval(() => document.hidden || void refresh(), AGAIN_MS);
    return () => window.clearInterval(again);
  }, []);
  const found = view.value;
  return (
    <Frame title="Outbox" look="desk">
      <div class="pagehead">
        <h1>Outbox</h1>
      </div>
      <div class="stack gap-5">
        {(!found || trouble.value) && <p role="status">{trouble.value || "Looking up what was sent…"}</p>}
        {found && <h2 id="texts">Texts</h2>}
        {found && !found.is_set_up && (
          <p class="sub">
            No SMS service is set up, so nothing leaves this server: every text is kept here to be read. The settings
            that begin with TWILIO send them.
          </p>
        )}
        {found && <Texts view={found} />}
        {found && <Mails view={found} />}
        {found && (
          <p class="fine">The newest hundred of each. Times are in {zoneName}; the page looks again every five seconds.</p>
        )}
      </div>
    </Frame>
  );
}
