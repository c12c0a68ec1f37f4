/** The zone of all open hours, and what is kept free after each booking. */
import { useSignal } from "@preact/signals";

import { zoneWords } from "../../days";
import type { WeekView } from "../../protocol.gen";
import { Icon } from "../../ui/Icon";
import { setCalendar } from "./shown";

const BUFFERS = [0, 15, 30, 45, 60];

function zones(current: string): string[] {
  const known = Intl.supportedValuesOf("timeZone");
  return known.includes(current) ? known : [current, ...known];
}

export function Manner({ view }: { view: WeekView }) {
  const said = useSignal("");
  const save = async (zone: string, bufferMinutes: number) => {
    said.value = "Saving…";
    try {
      await setCalendar(zone, bufferMinutes);
      said.value = "Saved.";
    } catch (refusal) {
      said.value = (refusal as Error).message;
    }
  };
  return (
    <section class="card stack avail__manner" aria-labelledby="manner">
      <h2 id="manner">How your hours are counted</h2>
      <div class="avail__two">
        <div class="field">
          <label for="zone">Time zone</label>
          <span class="select">
            <select
              class="input"
              id="zone"
              value={view.zone}
              onChange={(event) => void save(event.currentTarget.value, view.buffer_minutes)}
            >
              {zones(view.zone).map((zone) => (
                <option key={zone} value={zone}>
                  {zone.replaceAll("_", " ")}
                </option>
              ))}
            </select>
            <Icon name="chevron-down" />
          </span>
          <span class="hint">Your hours keep their time on the wall, now {zoneWords(view.zone)}.</span>
        </div>
        <div class="field">
          <label for="buffer">Free after each session</label>
          <span class="select">
            <select
              class="input"
              id="buffer"
              value={String(view.buffer_minutes)}
              onChange={(event) => void save(view.zone, Number(event.currentTarget.value))}
            >
              {BUFFERS.map((minutes) => (
                <option key={minutes} value={String(minutes)}>
                  {minutes === 0 ? "Nothing" : `${minutes} minutes`}
                </option>
              ))}
            </select>
            <Icon name="chevron-down" />
          </span>
          <span class="hint">Counts for bookings from now on.</span>
        </div>
      </div>
      <p class="fine" role="status">
        {said.value}
      </p>
    </section>
  );
}
