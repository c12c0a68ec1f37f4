/** Taking one request out of the line: why, and a note for the record. Escape leaves it in. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import type { QueueLine, QueueView } from "../../protocol.gen";
import { emit } from "../../socket";
import { Icon } from "../../ui/Icon";
import { Sheet } from "../../ui/Sheet";
import { useCommand } from "../../ui/useCommand";
import { useKept } from "../../ui/useKept";
import { areaName, language } from "../../ui/words";
import { WHYS, type Why } from "./story";

interface Props {
  line: QueueLine;
  onDone: (view: QueueView | null) => void;
}

export function TakeOut({ line, onDone }: Props) {
  const form = useRef<HTMLFormElement>(null);
  const trouble = useRef<HTMLParagraphElement>(null);
  const why = useSignal<Why | "">("");
  const note = useKept(`take-out:${line.id}`, "");
  const { isBusy, problem, run } = useCommand();

  useEffect(() => {
    if (problem.value) trouble.current?.scrollIntoView({ block: "nearest" });
  }, [problem.value]);

  function send(event: Event): void {
    event.preventDefault();
    const chosen = why.value;
    if (!chosen) {
      problem.value = "Say why.";
      form.current?.querySelector("input")?.focus();
      return;
    }
    void run(async () => {
      const left = await emit("queue:remove", { id: line.id, why: chosen, note: note.value.trim() });
      note.value = "";
      onDone(left);
    });
  }

  return (
    <Sheet
      title="Take this request out?"
      look="takeout"
      onClose={() => onDone(null)}
      foot={
        <>
          <button class="btn btn--danger" type="submit" form="takeout" aria-disabled={isBusy.value}>
            {isBusy.value ? "Taking it out…" : "Take out"}
          </button>
          <button class="btn btn--quiet" type="button" onClick={() => onDone(null)}>
            Leave it in
          </button>
        </>
      }
    >
      <form id="takeout" ref={form} onSubmit={send} noValidate>
        <p class="sub">
          {areaName(line.area)}, in {language(line.language)}. The client is told that our team took it out, that nothing was
          charged, and whom to call in an emergency. They may ask again.
        </p>
        <fieldset class="stack gap-2">
          <legend class="label">Why</legend>
          <p class="takeout__trouble" role="alert" hidden={!problem.value} ref={trouble}>
            <Icon name="circle-alert" small />
            {problem.value}
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
      </form>
    </Sheet>
  );
}
