/** What is booked today and who asks for a time: beside the pool, each with what can be done about it. */
import { useSignal } from "@preact/signals";

import { methodWords, minutesOf } from "../../booking_words";
import { bookings, bookingsTrouble, refreshBookings, useBookings } from "../../bookings";
import { dayIn, dayWords, longDay } from "../../days";
import { ask } from "../../http";
import type { BookingView } from "../../protocol.gen";
import { CalendarIcon } from "../../ui/CalendarIcon";
import { later } from "../../ui/later";
import { Menu } from "../../ui/Menu";
import { Problem } from "../../ui/Problem";
import { useCommand } from "../../ui/useCommand";
import { clockTime } from "../../ui/words";
import { Join } from "../booked/Join";
import { canSay, SayOutcome } from "../booked/SayOutcome";
import { secondsTick } from "../../call/clock";

const cancel = later(async () => (await import("../booked/Cancel")).Cancel, { isPart: true });

/** Behind the dots; nothing is moved or cancelled once it has begun. */
function Changes({ booking, onCancel }: { booking: BookingView; onCancel: () => void }) {
  return (
    <Menu name={`More about ${clockTime(booking.starts_at_ms)}, ${booking.client_name}`} icon="ellipsis-vertical" isBare>
      <a href={`/bookings/${booking.id}/move`}>
        <CalendarIcon name="calendar-clock" />
        Reschedule
      </a>
      <button type="button" onClick={onCancel}>
        <CalendarIcon name="calendar-x" />
        Cancel session
      </button>
    </Menu>
  );
}

function Booked({ booking }: { booking: BookingView }) {
  const isCancelling = useSignal(false);
  const isToBeSaid = canSay(booking, secondsTick.value);
  const isToday = dayIn(booking.starts_at_ms) >= dayIn(secondsTick.value);
  return (
    <li class="row today__row">
      <span class="num today__when">{clockTime(booking.starts_at_ms)}</span>
      <span class="row__main">
        <a class="strong" href={`/users/${booking.client_id}`}>
          {booking.client_name}
        </a>
        <span class="fine">
          {!isToday && `${dayWords(booking.starts_at_ms)}, `}
          {minutesOf(booking)} min, {methodWords(booking.method)}
        </span>
      </span>
      {!isToBeSaid && <Changes booking={booking} onCancel={() => (isCancelling.value = true)} />}
      <span class="split today__join">{isToBeSaid ? <SayOutcome booking={booking} /> : <Join booking={booking} />}</span>
      {isCancelling.value && <cancel.Page booking={booking} onClose={() => (isCancelling.value = false)} />}
    </li>
  );
}

export function Asked({ booking }: { booking: BookingView }) {
  const { isBusy, problem, run } = useCommand();
  const params = { id: booking.id };
  const confirm = () => run(async () => {
    await ask("POST /api/bookings/{id}/confirm", { params });
    await refreshBookings();
  });
  const decline = () => run(async () => {
    await ask("POST /api/bookings/{id}/decline", { params, body: { words: "" } });
    await refreshBookings();
  });
  return (
    <li class="stack gap-2 today__asked">
      <p>
        <strong class="strong">{booking.client_name}</strong> asks for {dayWords(booking.starts_at_ms)},{" "}
        {clockTime(booking.starts_at_ms)}, {minutesOf(booking)} min, {methodWords(booking.method)}
      </p>
      {booking.answers.length > 0 && (
        <details>
          <summary>What they wrote</summary>
          <dl class="facts">
            {booking.answers.map((given) => (
              <>
                <dt>{given.question}</dt>
                <dd>{given.answer}</dd>
              </>
            ))}
          </dl>
        </details>
      )}
      <div class="cluster">
        <button class="btn btn--primary btn--small" type="button" aria-busy={isBusy.value} onClick={() => void confirm()}>
          Confirm
        </button>
        <button class="btn btn--quiet btn--small" type="button" aria-busy={isBusy.value} onClick={() => void decline()}>
          Decline
        </button>
      </div>
      <Problem text={problem.value} />
    </li>
  );
}

export function Today() {
  useBookings();
  const view = bookings.value;
  const today = dayIn(Date.now());
  const requested = view?.ahead.filter((booking) => booking.state === "requested") ?? [];
  const confirmed = view?.ahead.filter((booking) => booking.state === "confirmed") ?? [];
  const now = [...(view?.unsettled ?? []), ...confirmed.filter((booking) => dayIn(booking.starts_at_ms) <= today)];
  const next = confirmed.find((booking) => dayIn(booking.starts_at_ms) > today);
  return (
    <>
      {requested.length > 0 && (
        <section class="card stack gap-3" aria-labelledby="asked">
          <h2 id="asked">Asking for a time</h2>
          <ul class="rows today">
            {requested.map((booking) => (
              <Asked key={booking.id} booking={booking} />
            ))}
          </ul>
        </section>
      )}
      <section class="card stack gap-2" aria-labelledby="today">
        <div class="split">
          <h2 id="today">Today</h2>
          <span class="fine">{longDay(today)}</span>
        </div>
        {!view && <p class="sub">{bookingsTrouble.value || "Looking up your day…"}</p>}
        {view && now.length === 0 && <p class="sub">Nothing is booked today.</p>}
        {now.length > 0 && (
          <ul class="rows today">
            {now.map((booking) => (
              <Booked key={booking.id} booking={booking} />
            ))}
          </ul>
        )}
        {next && (
          <p class="fine">
            Next: {next.client_name}, {dayWords(next.starts_at_ms)}, {clockTime(next.starts_at_ms)}
          </p>
        )}
      </section>
    </>
  );
}
