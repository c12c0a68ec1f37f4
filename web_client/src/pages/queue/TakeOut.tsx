/** Taking one request out of the line: why, and a note for the record. Escape leaves it in. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import type { QueueLine, QueueView } from "../../protocol.gen";
import { emit } from "../../socket";
import { Icon } from "../../ui/Icon";
import { areaName, language } from "../../ui/words";
import { WHYS, type Why } from "./story";

interface Props {
  line: QueueLine;
  onDone: (view: QueueView | null) => void;
}

export function TakeOut({ line, onDone }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const problem = useRef<HTMLParagraphElement>(null);
  const why = useSignal<Why | "">("");
  const note = useSignal("");
  const trouble = useSignal("");
  const isSending = useSignal(false);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    dialog.current?.querySelector("h2")?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);

  useEffect(() => {
    if (trouble.value) problem.current?.scrollIntoView({ block: "nearest" });
  }, [trouble.value]);

  async function send(event: Event): Promise<void> {
    event.preventDefault();
    if (isSending.value) return;
    if (!why.value) {
      trouble.value = "Say why.";
      dialog.current?.querySelector("input")?.focus();
      return;
    }
    isSending.value = true;
    trouble.value = "";
    try {
      onDone(await emit("queue:remove", { id: line.id, why: why.value, note: note.value.trim() }));
    } catch (refusal) {
      trouble.value = (refusal as Error).message;
      isSending.value = false;
    }
  }

  return (
    <dialog
      class="sheet takeout"
      ref={dialog}
      aria-labelledby="takeout-title"
      onCancel={(event) => {
        event.preventDefault();
        onDone(null);
      }}
    >
      <form onSubmit={(event) => void send(event)} noValidate>
        <div class="sheet__body stack gap-4">
          <h2 id="takeout-title" tabIndex={-1}>
            Take this request out?
          </h2>
          <p class="sub">
            {areaName(line.area)}, in {language(line.language)}. The client is told that our team took it out, that nothing was
            charged, and whom to call in an emergency. They may ask again.
          </p>
          <fieldset class="stack gap-2">
            <legend class="label">Why</legend>
            <p class="takeout__trouble" role="alert" hidden={!trouble.value} ref={problem}>
              <Icon name="circle-alert" small />
              {trouble.value}
            </p>
            {Object.entries(WHYS).map(([value, words]) => (
              <label key={value} class="check">
                <input
                  type="radio"
                  name="why"
                  value={value}
                  checked={why.value === value}
                  onChange={() => (why.value = value as Why)}
                />
                <span>{words}</span>
              </label>
            ))}
          </fieldset>
          <div class="field">
            <label for="takeout-note">Note for the record</label>
            <input
              id="takeout-note"
              class="input"
              maxLength={80}
              value={note.value}
              aria-describedby="takeout-hint"
              onInput={(event) => (note.value = event.currentTarget.value)}
            />
            <span class="hint" id="takeout-hint">
              Optional. Operators read it in the history; the client does not see it.
            </span>
          </div>
        </div>
        <div class="sheet__foot">
          <button class="btn btn--danger" type="submit" aria-disabled={isSending.value}>
            {isSending.value ? "Taking it out…" : "Take out"}
          </button>
          <button class="btn btn--quiet" type="button" onClick={() => onDone(null)}>
            Leave it in
          </button>
        </div>
      </form>
    </dialog>
  );
}
