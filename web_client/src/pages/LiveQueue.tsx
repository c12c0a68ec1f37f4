/** The operator's live queue: who waits how long against who is there, and the way to take a request out. */
import { useSignal } from "@preact/signals";

import type { QueueLine, QueuePast, QueueView } from "../protocol.gen";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { LinkRow } from "../ui/LinkRow";
import { areaName, clock, language, seconds, zoneName } from "../ui/words";
import { now, queue, staleMs, take, trouble, useQueue } from "./queue/queue";
import { outcome } from "./queue/story";
import { TakeOut } from "./queue/TakeOut";
import "./LiveQueue.css";

const LONG_S = 120;
const GENDERS = { female: ", a woman", male: ", a man", none: "" };
const OFFERED = { own: "their own therapist first", area: "therapists of the area first", everyone: "everyone on duty" };

function Figure({ name, value, isLate = false }: { name: string; value: string | number; isLate?: boolean }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class={isLate ? "num late" : "num"}>{value}</dd>
    </div>
  );
}

function Figures({ view }: { view: QueueView }) {
  const longest = view.oldest_ms === null ? null : (now.value - view.oldest_ms) / 1_000;
  return (
    <>
      <dl class="board card" aria-label="Now">
        <Figure name="Waiting" value={view.waiting} />
        <Figure name="Longest wait" value={longest === null ? "–" : clock(longest)} isLate={(longest ?? 0) > LONG_S} />
        <Figure name="On duty, free" value={view.on_duty} isLate={view.waiting > 0 && view.on_duty === 0} />
        <Figure name="In a session" value={view.in_session} />
        <Figure name="Risk ticked" value={view.worried} />
      </dl>
      <dl class="board board--day card" aria-label="Today">
        <Figure name="Claimed today" value={view.claims_today} />
        <Figure name="Came second" value={view.losses_today} />
        <Figure name="Passed over" value={view.passed_over_today} />
        <Figure name="To be called back" value={view.callbacks} />
      </dl>
    </>
  );
}

function State({ line }: { line: QueueLine }) {
  if (line.state === "waiting") return <span class="badge badge--accent">Waiting</span>;
  return <span class="badge badge--warn">{line.state === "accepted" ? "Accepted" : "Joining"}</span>;
}

function Row({ line, onTakeOut }: { line: QueueLine; onTakeOut: () => void }) {
  const waited = (now.value - line.placed_at_ms) / 1_000;
  const about = `${areaName(line.area)}, ${language(line.language)}${GENDERS[line.therapist_gender]}`;
  return (
    <tr>
      <td class={waited > LONG_S && line.state === "waiting" ? "num strong late" : "num strong"}>{clock(waited)}</td>
      <td>
        {about} {line.is_worried && <span class="badge badge--bad">Risk ticked</span>}
      </td>
      <td>
        <State line={line} />
        {line.place !== null && <span class="fine">Place {line.place} in {language(line.language)}</span>}
        {line.therapist && <span class="fine">{line.therapist}</span>}
      </td>
      <td class="wide">
        {line.state === "waiting" && (
          <>
            {line.may_see === 1 ? "1 therapist sees it" : `${line.may_see} therapists see it`}
            <span class="fine">Offered to {OFFERED[line.offered_to]}</span>
          </>
        )}
      </td>
      <td class="queue__acts">
        <a class="btn btn--quiet btn--small" href={`/queue/${line.id}`} aria-label={`History of ${about}`}>
          History
        </a>
        {line.state === "waiting" && (
          <button class="btn btn--quiet btn--small" type="button" aria-label={`Take out ${about}`} onClick={onTakeOut}>
            Take out
          </button>
        )}
      </td>
    </tr>
  );
}

function Waiting({ view }: { view: QueueView }) {
  const taking = useSignal<QueueLine | null>(null);
  const said = useSignal("");
  const done = (after: QueueView | null) => {
    taking.value = null;
    if (!after) return;
    take(after);
    said.value = "Taken out. The client has been told.";
  };
  return (
    <>
      <p class="sub" role="status">
        {said.value}
      </p>
      {view.line.length === 0 ? (
        <div class="card empty">
          <Icon name="armchair" />
          <h2>Nobody is waiting</h2>
          <p>{view.on_duty === 0 ? "Nobody is on duty and free." : `${view.on_duty} on duty and free.`}</p>
        </div>
      ) : (
        <section class="card card--flush" aria-label="Requests">
          <table class="table queue">
            <thead>
              <tr>
                <th scope="col">Waited</th>
                <th scope="col">For</th>
                <th scope="col">State</th>
                <th scope="col">Seen by</th>
                <th scope="col">
                  <span class="sr">What you can do</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {view.line.map((line) => (
                <Row key={line.id} line={line} onTakeOut={() => (taking.value = line)} />
              ))}
            </tbody>
          </table>
        </section>
      )}
      {view.waiting > view.line.filter((line) => line.state === "waiting").length && <p class="fine">The oldest {view.line.length} are shown.</p>}
      {taking.value && <TakeOut line={taking.value} onDone={done} />}
    </>
  );
}

function Past({ past }: { past: QueuePast }) {
  return (
    <LinkRow
      to={`/queue/${past.id}`}
      name={outcome(past.state, past.reason)}
      about={`${areaName(past.area)}, ${language(past.language)}`}
    >
      <span class="fine num">{seconds(past.closed_at_ms)}</span>
    </LinkRow>
  );
}

function Age({ view }: { view: QueueView | null }) {
  if (!view) return <p role="status">{trouble.value || "Looking up the queue…"}</p>;
  if (!staleMs.value) {
    return (
      <span class="fine">
        Live, <span class="num">{seconds(now.value)}</span> {zoneName}
      </span>
    );
  }
  return null;
}

export function LiveQueuePage() {
  useQueue();
  const view = queue.value;
  return (
    <Frame title="Live queue" look="desk">
      <div class="pagehead">
        <h1>Live queue</h1>
        <Age view={view} />
      </div>
      <div role="alert">
        {staleMs.value > 0 && (
          <div class="banner banner--bad">
            <Icon name="wifi-off" />
            <p>
              <strong>This view is old.</strong> It was last confirmed at{" "}
              <span class="num">{seconds(now.value)}</span>. The line itself works; only this page lost its connection. Trying
              again.
            </p>
          </div>
        )}
      </div>
      {view && (
        <div class="stack gap-4">
          <Figures view={view} />
          <Waiting view={view} />
          {view.lately.length > 0 && (
            <section class="card card--flush" aria-labelledby="lately">
              <h2 id="lately" class="queue__head">
                No longer in the line
              </h2>
              <ul class="rows">
                {view.lately.map((past) => (
                  <Past key={past.id} past={past} />
                ))}
              </ul>
            </section>
          )}
        </div>
      )}
    </Frame>
  );
}
