/** When a therapist can be booked: the week at a glance, hours to add and to take away, and how to undo either. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { dayIn, weekRange, zoneWords } from "../days";
import type { HourView, WeekView } from "../protocol.gen";
import { CalendarIcon } from "../ui/CalendarIcon";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { AddSlots } from "./availability/AddSlots";
import { Manner } from "./availability/Manner";
import { OneHour } from "./availability/OneHour";
import { DayList, Grid } from "./availability/Week";
import { done, load, trouble, turn, week } from "./availability/shown";
import { clashWords, clockWords } from "./availability/words";
import "./Availability.css";

function Notices({ view }: { view: WeekView }) {
  const clashes = clashWords(view);
  return (
    <div class="stack gap-3" role="status">
      {clashes.length > 0 && (
        <div class="banner banner--warn">
          <Icon name="triangle-alert" />
          <div>
            <p>
              <strong>{clashes.join(" ")}</strong> Clients see each time once. Remove one rule, or leave it: nothing is booked
              twice.
            </p>
          </div>
        </div>
      )}
      {view.changes.map((change) => (
        <div class="banner" key={change.day}>
          <CalendarIcon name="clock" />
          <div>
            <p>
              <strong>{clockWords(change)}</strong> Your slots keep their time on the wall.{" "}
              {view.missing.length > 0 &&
                `${view.missing.map((one) => one.at).join(", ")} does not exist that night; that slot is left out.`}
            </p>
          </div>
        </div>
      ))}
    </div>
  );
}

function Undo() {
  const problem = useSignal("");
  const last = done.value;
  return (
    <div role="status" class={last ? "banner banner--good avail__undo" : ""}>
      {last && (
        <>
          <Icon name="check" />
          <div>
            <p>{problem.value || last.words}</p>
          </div>
          <button
            class="btn btn--quiet btn--small"
            type="button"
            onClick={() => void last.undo().catch((refusal: Error) => (problem.value = refusal.message))}
          >
            Undo
          </button>
        </>
      )}
    </div>
  );
}

function Empty({ onAdd }: { onAdd: () => void }) {
  return (
    <div class="card empty">
      <CalendarIcon name="calendar-plus" />
      <h2>No slots this week</h2>
      <p>Without slots nobody can book you. The pool does not need them: that is the On duty switch.</p>
      <button class="btn btn--primary" type="button" onClick={onAdd}>
        Add slots
      </button>
    </div>
  );
}

export function AvailabilityPage() {
  const adding = useSignal<{ day: string; at: string } | null>(null);
  const looking = useSignal<HourView | null>(null);
  useEffect(() => void load(), []);
  const view = week.value;
  const today = dayIn(Date.now(), view?.zone);
  const add = (day: string, at: string) => (adding.value = { day: day < today ? today : day, at });
  const addFirst = () => view && add(view.monday, "09:00");
  const isEmpty = view && view.hours.length + view.booked.length === 0;
  return (
    <Frame title="Availability" look="desk avail">
      <div class="pagehead">
        <div>
          <h1>Availability</h1>
          <p class="sub" aria-live="polite">
            {view ? `${weekRange(view.monday)}, ${zoneWords(view.zone)}` : trouble.value || "Looking up your week…"}
          </p>
        </div>
        <div class="cluster">
          <a class="btn btn--text" href="/services">
            My services
          </a>
          <button class="btn btn--quiet btn--icon" type="button" aria-label="Week before" onClick={() => turn(-1)}>
            <CalendarIcon name="chevron-left" />
          </button>
          <button class="btn btn--quiet btn--icon" type="button" aria-label="Week after" onClick={() => turn(1)}>
            <Icon name="chevron-right" />
          </button>
          <button class="btn btn--primary" type="button" aria-disabled={!view} onClick={addFirst}>
            <CalendarIcon name="plus" />
            Add slots
          </button>
        </div>
      </div>
      {view && trouble.value && <p role="status">{trouble.value}</p>}
      {view && (
        <div class="stack gap-4">
          <Notices view={view} />
          <Undo />
          {isEmpty ? (
            <Empty onAdd={addFirst} />
          ) : (
            <>
              <div class="legend">
                <span>
                  <i class="cell--open" />
                  Open
                </span>
                <span>
                  <i class="cell--booked" />
                  Booked
                </span>
              </div>
              <Grid view={view} onAdd={add} onHour={(hour) => (looking.value = hour)} />
              <DayList view={view} onAdd={add} onHour={(hour) => (looking.value = hour)} />
            </>
          )}
          <Manner view={view} />
        </div>
      )}
      {view && adding.value && (
        <AddSlots {...adding.value} zone={zoneWords(view.zone)} onClose={() => (adding.value = null)} />
      )}
      {view && looking.value && (
        <OneHour hour={looking.value} rules={view.rules} onClose={() => (looking.value = null)} />
      )}
    </Frame>
  );
}
