/** One utterance: who, when, and the words, with doubts, corrections, marks and what was searched for. */
import { Fragment } from "preact";

import type { Utterance, Word } from "../../protocol.gen";
import { Icon } from "../../ui/Icon";
import { clock } from "../../ui/words";
import { parts, type Hit, type Part } from "./find";
import type { Reading } from "./useReading";

function lookOf(word: Word, isPicked: boolean): string {
  return [
    "word",
    word.is_unsure && "unsure",
    word.is_corrected && "word--fixed",
    isPicked && "word--picked",
  ]
    .filter(Boolean)
    .join(" ");
}

function Cut({ part, current }: { part: Part; current: Hit | undefined }) {
  if (!part.hit) return <>{part.text}</>;
  return <mark aria-current={part.hit === current ? "true" : undefined}>{part.text}</mark>;
}

interface Props {
  said: Utterance;
  reading: Reading;
  hits: readonly Hit[];
  current: Hit | undefined;
}

export function Said({ said, reading, hits, current }: Props) {
  const picked = reading.picked.value;
  const isHere = picked?.seq === said.seq;
  const time = clock(said.from_ms / 1000);
  let at = 0;
  return (
    <li
      class={`utter${said.is_marked ? " utter--marked" : ""}${isHere ? " utter--here" : ""}`}
      id={`said-${said.seq}`}
      data-seq={said.seq}
    >
      <button
        type="button"
        class="utter__time num"
        aria-label={`${time}, ${said.name}: pick this passage`}
        aria-pressed={isHere}
        onClick={() => (isHere ? reading.letGo() : reading.pick(said))}
      >
        {time}
      </button>
      <span class="utter__head">
        <span class={said.seat === "therapist" ? "utter__who utter__who--me" : "utter__who"}>{said.name}</span>
        {said.is_marked && (
          <span class="utter__sign">
            <Icon name="bookmark" small />
            Marked
          </span>
        )}
        {said.revision > 0 && (
          <button type="button" class="utter__sign utter__back" onClick={() => (reading.lookedBack.value = said.seq)}>
            <Icon name="history" small />
            Corrected
          </button>
        )}
      </span>
      <p>
        {said.words.map((word, place) => {
          const text = word.text.trim();
          const begins = at;
          at += text.length + 1;
          const isPicked = isHere && place >= picked.place && place < picked.place + picked.count;
          return (
            <Fragment key={place}>
              {place > 0 && " "}
              <span
                class={lookOf(word, isPicked)}
                title={word.is_unsure ? "The machine was unsure" : word.is_corrected ? "Corrected" : undefined}
                onClick={() => reading.pick(said, place, 1)}
              >
                {parts(text, begins, hits).map((part, index) => (
                  <Cut key={index} part={part} current={current} />
                ))}
                {word.is_unsure && <span class="sr"> (unsure)</span>}
              </span>
            </Fragment>
          );
        })}
        {said.words.length === 0 && <span class="fine">Nothing is left of this line since it was corrected.</span>}
      </p>
    </li>
  );
}
