/** What happened to one request, in sentences with times: who was shown it, who claimed it, who came second. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import type { RequestHistory } from "../protocol.gen";
import { emit, on } from "../socket";
import { connection } from "../state";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { areaName, dateTime, language, seconds, zoneName } from "../ui/words";
import { outcome, story, WHYS, type Why } from "./queue/story";
import "./LiveQueue.css";

function Story({ found }: { found: RequestHistory }) {
  return (
    <div class="stack gap-4">
      <section class="card stack gap-2" aria-label="In short">
        <p>
          <strong class="strong">{outcome(found.state, found.reason)}</strong>
        </p>
        <p class="sub">
          {areaName(found.area)}, in {language(found.language)}. Asked on {dateTime(found.placed_at_ms)} ({zoneName}).
        </p>
        {found.taken_out && (
          <p>
            Taken out: {WHYS[found.taken_out as Why].toLowerCase()}.{found.taken_out_note && ` “${found.taken_out_note}”`}
          </p>
        )}
      </section>
      <section class="card" aria-labelledby="steps">
        <h2 id="steps" class="sr">
          What happened
        </h2>
        <ol class="history" role="list">
          {story(found.lines).map((told, number) => (
            <li key={number}>
              <time class="num">{seconds(told.atMs)}</time>
              <span>
                {told.text} {told.otherId && <a href={`/queue/${told.otherId}`}>The newer one</a>}
              </span>
            </li>
          ))}
        </ol>
      </section>
    </div>
  );
}

export function QueueHistoryPage({ id }: { id: string }) {
  const found = useSignal<RequestHistory | null>(null);
  const trouble = useSignal("");
  const isConnected = connection.value === "connected";
  useEffect(() => {
    if (!isConnected) return;
    let isCurrent = true;
    const look = () =>
      emit("queue:history", { id }).then(
        (history) => {
          if (isCurrent) found.value = history;
        },
        (refusal: Error) => {
          if (isCurrent) trouble.value = refusal.message;
        },
      );
    void look();
    void emit("queue:get", {}).catch(() => undefined);
    const stop = on("queue:changed", () => void look());
    return () => {
      isCurrent = false;
      stop();
    };
  }, [id, isConnected]);
  const shown = found.value?.id === id ? found.value : null;
  return (
    <Frame title="History of a request" look="desk page--narrow">
      <p>
        <a class="btn btn--quiet btn--small" href="/queue">
          <Icon name="arrow-left" small />
          Live queue
        </a>
      </p>
      <div class="pagehead">
        <h1>History of a request</h1>
      </div>
      {!shown && <p role="status">{trouble.value || "Looking it up…"}</p>}
      {shown && <Story found={shown} />}
    </Frame>
  );
}
