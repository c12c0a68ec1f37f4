/** A therapist may agree any time with their client, open or not. */
import { useSignal } from "@preact/signals";

import { midnight } from "../../days";

export function OtherTime({ onChoose }: { onChoose: (startsAtMs: number) => void }) {
  const day = useSignal("");
  const at = useSignal("");
  const choose = () => {
    const [hours, minutes] = at.value.split(":").map(Number);
    if (day.value && hours !== undefined && minutes !== undefined) {
      onChoose(midnight(day.value) + (hours * 60 + minutes) * 60_000);
    }
  };
  return (
    <details>
      <summary>Another time you agreed on</summary>
      <div class="cluster move__other">
        <div class="field">
          <label for="other-day">Day</label>
          <input
            class="input"
            id="other-day"
            type="date"
            value={day.value}
            onInput={(event) => {
              day.value = event.currentTarget.value;
              choose();
            }}
          />
        </div>
        <div class="field">
          <label for="other-at">Time</label>
          <input
            class="input"
            id="other-at"
            type="time"
            step={900}
            value={at.value}
            onInput={(event) => {
              at.value = event.currentTarget.value;
              choose();
            }}
          />
        </div>
      </div>
    </details>
  );
}
