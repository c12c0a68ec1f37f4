/** What was said, by speaker, with machine words that are unsure and gaps shown as what they are. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask } from "../../http";
import type { SessionView } from "../../protocol.gen";
import { Icon } from "../../ui/Icon";
import { later } from "../../ui/later";
import { Passage } from "./Passage";
import { ReadingBar } from "./ReadingBar";
import { Said } from "./Said";
import type { Reading } from "./useReading";
import { gapWords, inOrder, isGrowing, sentence } from "./words";

const lookBack = later(async () => (await import("./LookBack")).LookBack, { isPart: true });

function Retry({ view, onDone }: { view: SessionView; onDone: () => Promise<void> }) {
  const trouble = useSignal("");
  const isAsking = useSignal(false);
  const retry = async (): Promise<void> => {
    isAsking.value = true;
    trouble.value = "";
    try {
      await ask("POST /api/sessions/{id}/transcript/retry", { params: { id: view.session_id } });
      await onDone();
    } catch (refusal) {
      trouble.value = (refusal as Error).message;
    } finally {
      isAsking.value = false;
    }
  };
  return (
    <>
      {trouble.value && <p role="alert">{trouble.value}</p>}
      <button class="btn btn--quiet" type="button" aria-disabled={isAsking.value} onClick={() => void retry()}>
        Try again
      </button>
    </>
  );
}

function State({ view, onDone }: { view: SessionView; onDone: () => Promise<void> }) {
  const firstName = view.client_name.split(" ")[0] ?? "";
  const state = sentence(view.transcript, view.transcript_reason, view.transcribed_to_ms, firstName);
  if (!state) return null;
  if (!isGrowing(view.transcript)) {
    return (
      <div class="empty">
        <Icon name={view.transcript === "failed" ? "circle-alert" : "file-x"} />
        <h3>{state.title}</h3>
        <p>
          {state.text}
          {view.can_retry && " Its sound is still kept, sealed, so that it can be tried again."}
        </p>
        {view.can_retry && <Retry view={view} onDone={onDone} />}
      </div>
    );
  }
  return (
    <div class="banner banner--warn sess__prog">
      <Icon name="loader" />
      <div>
        <p>
          <strong class="num">{state.title}.</strong> {state.text}
        </p>
      </div>
    </div>
  );
}

interface Props {
  view: SessionView;
  reading: Reading;
  onReload: () => Promise<void>;
}

export function Transcript({ view, reading, onReload }: Props) {
  const names = {
    client: view.client_name.split(" ")[0] ?? "",
    therapist: view.utterances.find((said) => said.seat === "therapist")?.name ?? "you",
  };
  const pieces = inOrder(view.utterances, view.gaps);
  const spoken = sentence(view.transcript, view.transcript_reason, 0, names.client);
  const hits = reading.hits();
  const current = hits[reading.current.value];
  useEffect(lookBack.fetchAhead, []);
  return (
    <section class="card card--flush sess__script" id="transcript" aria-label="Transcript">
      <div class="sess__bar">
        <h2>Transcript</h2>
        {view.utterances.length > 0 && (
          <ReadingBar reading={reading} hasMarks={view.utterances.some((said) => said.is_marked)} />
        )}
      </div>
      {view.utterances.length > 0 && (
        <p class="micro sess__made">
          Written by a machine, may be wrong; check before you rely on it. <span class="unsure">Dotted words</span> are
          unsure. Pick a word or a time to correct, mark or copy.
        </p>
      )}
      <State view={view} onDone={onReload} />
      <span class="sr" role="status">
        {spoken ? (isGrowing(view.transcript) ? "The transcript is being written" : spoken.title) : "Transcript ready"}
      </span>
      {view.utterances.length > 0 && (
        <ol class="script sess__scroll" aria-label="What was said">
          {pieces.map((piece) =>
            piece.kind === "said" ? (
              <Said
                key={`s${piece.said.seq}`}
                said={piece.said}
                reading={reading}
                hits={hits.filter((hit) => hit.seq === piece.said.seq)}
                current={current}
              />
            ) : (
              <li class="gapline" key={`g${piece.gap.seat}${piece.gap.from_ms}${piece.gap.reason}`}>
                {gapWords(piece.gap, names[piece.gap.seat])}
              </li>
            ),
          )}
        </ol>
      )}
      <Passage reading={reading} />
      {reading.lookedBack.value !== null && (
        <lookBack.Page id={view.session_id} seq={reading.lookedBack.value} onClose={() => (reading.lookedBack.value = null)} />
      )}
    </section>
  );
}
