/** The week at a glance: a grid on a desk, a list of days on a phone. Nothing is settled in silence. */
import { addDays, dayIn, dayOfMonth, longDay, timeIn, weekday } from "../../days";
import type { BookedHour, HourView, WeekView } from "../../protocol.gen";
import { CalendarIcon } from "../../ui/CalendarIcon";
import { Icon } from "../../ui/Icon";

const FIRST_HOUR = 8;
const LAST_HOUR = 20;

interface Props {
  view: WeekView;
  onAdd: (day: string, at: string) => void;
  onHour: (hour: HourView) => void;
}

function hourOf(at: string): number {
  return Number(at.slice(0, 2));
}

function rows(view: WeekView): number[] {
  const used = [...view.hours, ...view.booked].map((one) => hourOf(one.at));
  const first = Math.min(FIRST_HOUR, ...used);
  const last = Math.max(LAST_HOUR, ...used);
  return Array.from({ length: last - first + 1 }, (_, place) => first + place);
}

function two(hour: number): string {
  return `${String(hour).padStart(2, "0")}:00`;
}

/** An open hour whose time is booked is shown as the booking alone. */
function openHours(view: WeekView, day: string): HourView[] {
  const isBooked = (hour: HourView) =>
    view.booked.some(
      (one) => one.starts_at_ms < hour.starts_at_ms + 3_600_000 && hour.starts_at_ms < one.starts_at_ms + one.minutes * 60_000,
    );
  return view.hours.filter((hour) => hour.day === day && !isBooked(hour));
}

/** Nobody can be booked there any more. */
function isPast(view: WeekView, day: string, at: string): boolean {
  const now = Date.now();
  const today = dayIn(now, view.zone);
  return day < today || (day === today && at <= timeIn(now, view.zone));
}

function said(at: string, hour: number): string {
  return at === two(hour) ? "" : `${at} `;
}

function Booked({ one, hour }: { one: BookedHour; hour: number }) {
  return (
    <a class="cell cell--booked" href={`/users/${one.client_id}`} aria-label={`${weekday(one.day)} ${one.at}, ${one.name}${one.is_requested ? ", requested" : ""}`}>
      {said(one.at, hour)}
      {one.name}
      {one.is_requested && "?"}
    </a>
  );
}

function Open({ one, hour, onHour }: { one: HourView; hour: number; onHour: (hour: HourView) => void }) {
  const name = one.is_clash ? "Clash" : "Open";
  return (
    <button
      class={one.is_clash ? "cell cell--clash" : "cell cell--open"}
      type="button"
      aria-label={`${weekday(one.day)} ${one.at}, ${name.toLowerCase()}`}
      onClick={() => onHour(one)}
    >
      {one.is_clash && <Icon name="triangle-alert" small />}
      {said(one.at, hour)}
      {name}
    </button>
  );
}

export function Grid({ view, onAdd, onHour }: Props) {
  const days = Array.from({ length: 7 }, (_, place) => addDays(view.monday, place));
  return (
    <div class="card card--flush weekwrap">
      <table class="week">
        <caption class="sr">Open and booked hours this week</caption>
        <thead>
          <tr>
            <td />
            {days.map((day) => (
              <th scope="col" key={day}>
                <span>{weekday(day)}</span> <b class="num">{dayOfMonth(day)}</b>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows(view).map((hour) => (
            <tr key={hour}>
              <th scope="row">
                <span class="num">{two(hour)}</span>
              </th>
              {days.map((day) => {
                const booked = view.booked.filter((one) => one.day === day && hourOf(one.at) === hour);
                const open = openHours(view, day).filter((one) => hourOf(one.at) === hour);
                return (
                  <td key={day}>
                    {booked.map((one) => (
                      <Booked key={one.booking_id} one={one} hour={hour} />
                    ))}
                    {open.map((one) => (
                      <Open key={one.starts_at_ms} one={one} hour={hour} onHour={onHour} />
                    ))}
                    {booked.length + open.length === 0 && !isPast(view, day, two(hour)) && (
                      <button class="cell" type="button" aria-label={`${weekday(day)} ${two(hour)}, add`} onClick={() => onAdd(day, two(hour))}>
                        <CalendarIcon name="plus" small />
                      </button>
                    )}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function DayList({ view, onAdd, onHour }: Props) {
  const days = Array.from({ length: 7 }, (_, place) => addDays(view.monday, place));
  return (
    <div class="stack gap-3 daylist">
      {days.map((day) => {
        const booked = view.booked.filter((one) => one.day === day);
        const open = openHours(view, day);
        return (
          <section class="card" aria-label={longDay(day)} key={day}>
            <div class="split">
              <h2>
                {weekday(day)} {dayOfMonth(day)}
              </h2>
              {!isPast(view, day, "23:59") && (
                <button class="btn btn--text btn--small" type="button" aria-label={`Add on ${longDay(day)}`} onClick={() => onAdd(day, "09:00")}>
                  Add
                </button>
              )}
            </div>
            {booked.length + open.length === 0 ? (
              <p class="fine">Nothing</p>
            ) : (
              <ul class="chips dayslots">
                {booked.map((one) => (
                  <li key={one.booking_id}>
                    <a class="badge badge--accent slotb" href={`/users/${one.client_id}`}>
                      <span class="num">{one.at}</span> {one.name}
                    </a>
                  </li>
                ))}
                {open.map((one) => (
                  <li key={one.starts_at_ms}>
                    <button
                      class={`badge slotb ${one.is_clash ? "badge--warn" : "badge--good"}`}
                      type="button"
                      onClick={() => onHour(one)}
                    >
                      <span class="num">{one.at}</span> {one.is_clash ? "Clash" : "Open"}
                    </button>
                  </li>
                ))}
              </ul>
            )}
          </section>
        );
      })}
    </div>
  );
}
