/** Free times of one therapist, week by week, in the viewer's own zone. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { here } from "../../booking_words";
import { addDays, dayIn, dayOfMonth, longDay, midnight, mondayOf, shortDay, weekday } from "../../days";
import { ask } from "../../http";
import type { FreeView } from "../../protocol.gen";
import { CalendarIcon } from "../../ui/CalendarIcon";
import { Icon } from "../../ui/Icon";
import { clientTime } from "../../ui/words";

interface Props {
  therapistId: string;
  serviceId: string;
  name: string;
  movingId?: string;
  /** Ask anew when this changes: a time was taken meanwhile. */
  turn?: number;
  chosen: number | null;
  onChoose: (startsAtMs: number) => void;
}

function useFree({ therapistId, serviceId, movingId, turn }: Props, monday: string) {
  const free = useSignal<FreeView | null>(null);
  const trouble = useSignal("");
  useEffect(() => {
    const stop = new AbortController();
    free.value = null;
    ask("POST /api/therapists/{id}/free", {
      params: { id: therapistId },
      body: {
        service_id: serviceId,
        from_ms: midnight(monday),
        to_ms: midnight(addDays(monday, 7)),
        ...(movingId ? { moving_id: movingId } : {}),
      },
      signal: stop.signal,
    })
      .then((found) => {
        free.value = found;
        trouble.value = "";
      })
      .catch((refusal: Error) => !stop.signal.aborted && (trouble.value = refusal.message));
    return () => stop.abort();
  }, [therapistId, serviceId, movingId, turn, monday]);
  return { free: free.value, trouble: trouble.value };
}

function None({ name, next, onGo }: { name: string; next: number | null; onGo: (monday: string) => void }) {
  if (next === null) {
    return (
      <div class="empty book__none">
        <CalendarIcon name="calendar-x" />
        <p>{name} has no free times in the coming weeks.</p>
      </div>
    );
  }
  const day = dayIn(next);
  return (
    <div class="empty book__none">
      <CalendarIcon name="calendar-x" />
      <p>
        {name} has no free times in this week. The next is {longDay(day)}.
      </p>
      <button class="btn btn--quiet" type="button" onClick={() => onGo(mondayOf(day))}>
        Go to {shortDay(day)}
      </button>
    </div>
  );
}

export function Times(props: Props) {
  const { name, chosen, onChoose } = props;
  const thisWeek = mondayOf(dayIn(Date.now()));
  const monday = useSignal(chosen === null ? thisWeek : mondayOf(dayIn(chosen)));
  const day = useSignal(chosen === null ? "" : dayIn(chosen));
  const { free, trouble } = useFree(props, monday.value);
  const days = Array.from({ length: 7 }, (_, place) => addDays(monday.value, place));
  const byDay = (one: string) => free?.starts.filter((start) => dayIn(start) === one) ?? [];
  const shown = days.includes(day.value) && byDay(day.value).length > 0 ? day.value : days.find((one) => byDay(one).length > 0);
  const go = (to: string) => (monday.value = to);
  return (
    <section class="card stack gap-4" aria-labelledby="month">
      <div class="split">
        <h2 id="month" aria-live="polite">
          {new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" }).format(
            Date.parse(`${addDays(monday.value, 3)}T00:00:00Z`),
          )}
        </h2>
        <span class="cluster book__turn">
          <button
            class="btn btn--icon btn--small"
            type="button"
            aria-label="Week before"
            aria-disabled={monday.value <= thisWeek}
            onClick={() => monday.value > thisWeek && go(addDays(monday.value, -7))}
          >
            <CalendarIcon name="chevron-left" />
          </button>
          <button class="btn btn--icon btn--small" type="button" aria-label="Week after" onClick={() => go(addDays(monday.value, 7))}>
            <Icon name="chevron-right" />
          </button>
        </span>
      </div>
      <div class="days">
        {days.map((one) => (
          <button
            class="day"
            type="button"
            key={one}
            disabled={byDay(one).length === 0}
            aria-pressed={one === shown}
            aria-label={`${weekday(one)} ${shortDay(one)}`}
            onClick={() => (day.value = one)}
          >
            <small>{weekday(one)}</small> <b>{dayOfMonth(one)}</b>
          </button>
        ))}
      </div>
      {!free && <p role="status">{trouble || "Looking for free times…"}</p>}
      {free && !shown && <None name={name} next={free.next_ms} onGo={go} />}
      {shown && (
        <div class="stack gap-3">
          <p class="strong">
            {longDay(shown)} <span class="fine">{here}</span>
          </p>
          <div class="slots">
            {byDay(shown).map((start) => (
              <button class="slot" type="button" key={start} aria-pressed={start === chosen} onClick={() => onChoose(start)}>
                {clientTime(start)}
              </button>
            ))}
          </div>
        </div>
      )}
    </section>
  );
}
