/** What can be done with the words one has picked: correct them, mark the line, copy them to the notes. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { Icon } from "../../ui/Icon";
import { textOf } from "./find";
import type { Reading } from "./useReading";

export function Passage({ reading }: { reading: Reading }) {
  const typed = useSignal("");
  const input = useRef<HTMLInputElement>(null);
  const picked = reading.picked.value;
  const said = reading.said();
  const words = said && picked ? said.words.slice(picked.place, picked.place + picked.count) : [];
  useEffect(() => {
    typed.value = textOf(words);
    if (picked) input.current?.focus({ preventScroll: true });
  }, [picked]);
  if (!picked || !said) {
    return (
      <p class={reading.told.value ? "passage passage--told" : "sr"} role="status">
        {reading.told.value && <Icon name={reading.isFailed.value ? "circle-alert" : "check"} small />}
        {reading.told.value}
      </p>
    );
  }
  return (
    <form
      class="passage"
      aria-label="Picked passage"
      onSubmit={(event) => {
        event.preventDefault();
        void reading.correct(typed.value);
      }}
      onKeyDown={(event) => {
        if (event.key === "Escape") reading.letGo();
      }}
    >
      <input
        class="input"
        ref={input}
        aria-label="Correct to"
        maxLength={500}
        value={typed.value}
        onInput={(event) => (typed.value = event.currentTarget.value)}
      />
      <button class="btn btn--primary btn--small" type="submit">
        Correct
      </button>
      <button class="btn btn--quiet btn--small" type="button" onClick={() => reading.copy()}>
        <Icon name="corner-down-right" small />
        Copy to notes
      </button>
      <button class="btn btn--quiet btn--small" type="button" aria-pressed={said.is_marked} onClick={() => void reading.mark()}>
        <Icon name="bookmark" small />
        {said.is_marked ? "Take mark away" : "Mark"}
      </button>
      <button class="btn btn--text btn--small" type="button" onClick={() => reading.letGo()}>
        Close
      </button>
      <p class={reading.told.value ? "passage__told" : "sr"} role="status">
        {reading.told.value}
      </p>
    </form>
  );
}
