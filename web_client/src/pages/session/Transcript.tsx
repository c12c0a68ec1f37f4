/** What was said, by speaker, with machine words that are unsure and gaps shown as what they are. */
import { Fragment } from "preact";

import type { SessionView, Utterance } from "../../protocol.gen";
import { Icon } from "../../ui/Icon";
import { clock } from "../../ui/words";
import { gapWords, inOrder, isGrowing, sentence } from "./words";

function Said({ said }: { said: Utterance }) {
  return (
    <li class="utter">
      <time>{clock(said.from_ms / 1000)}</time>
      <span class={said.seat === "therapist" ? "utter__who utter__who--me" : "utter__who"}>{said.name}</span>
      <p>
        {said.words.map((word, place) => (
          <Fragment key={place}>
            {place > 0 && " "}
            {word.is_unsure ? (
              <span class="unsure" title="The machine was unsure">
                {word.text.trim()}
              </span>
            ) : (
              word.text.trim()
            )}
          </Fragment>
        ))}
      </p>
    </li>
  );
}

function State({ view }: { view: SessionView }) {
  const firstName = view.client_name.split(" ")[0] ?? "";
  const state = sentence(view.transcript, view.transcript_reason, view.transcribed_to_ms, firstName);
  if (!state) return null;
  if (!isGrowing(view.transcript)) {
    return (
      <div class="empty">
        <Icon name={view.transcript === "failed" ? "circle-alert" : "file-x"} />
        <h3>{state.title}</h3>
        <p>{state.text}</p>
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

export function Transcript({ view }: { view: SessionView }) {
  const names = {
    client: view.client_name.split(" ")[0] ?? "",
    therapist: view.utterances.find((said) => said.seat === "therapist")?.name ?? "you",
  };
  const pieces = inOrder(view.utterances, view.gaps);
  const spoken = sentence(view.transcript, view.transcript_reason, 0, names.client);
  return (
    <section class="card card--flush sess__script" id="transcript" aria-label="Transcript">
      <div class="sess__bar">
        <h2>Transcript</h2>
      </div>
      {view.utterances.length > 0 && (
        <p class="micro sess__made">
          Automatic transcript, may be wrong; check before you rely on it. <span class="unsure">Dotted words</span> are
          unsure.
        </p>
      )}
      <State view={view} />
      <span class="sr" role="status">
        {spoken ? (isGrowing(view.transcript) ? "The transcript is being written" : spoken.title) : "Transcript ready"}
      </span>
      {pieces.length > 0 && (
        <ol class="script sess__scroll" aria-label="What was said">
          {pieces.map((piece) =>
            piece.kind === "said" ? (
              <Said key={`s${piece.said.seq}`} said={piece.said} />
            ) : (
              <li class="gapline" key={`g${piece.gap.seat}${piece.gap.from_ms}`}>
                {gapWords(piece.gap, names[piece.gap.seat])}
              </li>
            ),
          )}
        </ol>
      )}
    </section>
  );
}
