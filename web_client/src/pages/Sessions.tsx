/** Every session of a client: what is ahead, and what was, newest first. */
import { stateWords, when } from "../booking_words";
import { bookings, bookingsTrouble, useBookings } from "../bookings";
import { home, homeTrouble, useHome } from "../home";
import type { BookingView } from "../protocol.gen";
import { CalendarIcon } from "../ui/CalendarIcon";
import { Frame } from "../ui/Frame";
import { PastList } from "../ui/PastList";
import { zoneName } from "../ui/words";
import { Upcoming } from "./booked/Upcoming";
import "../styles/client.css";

function Open({ id }: { id: string }) {
  return (
    <section class="card card--light stack gap-4" aria-labelledby="session-open">
      <h2 id="session-open">A session is still open</h2>
      <a class="btn btn--primary" href={`/call/${id}`}>
        Join
      </a>
    </section>
  );
}

/** Bookings without a room of ours, or that came to nothing: their receipts are these lines. */
function Lines({ past }: { past: BookingView[] }) {
  return (
    <ul class="rows card card--flush">
      {past.map((booking) => (
        <li class="row" key={booking.id}>
          <span class="row__main">
            <strong class="strong">
              {booking.therapist.first_name} {booking.therapist.last_name}
            </strong>
            <span class="sub">{when(booking.starts_at_ms)}</span>
            {booking.words && <span class="fine">{booking.words}</span>}
          </span>
          <span class="badge">{stateWords(booking)}</span>
        </li>
      ))}
    </ul>
  );
}

export function SessionsPage() {
  useHome();
  useBookings();
  const view = home.value;
  const booked = bookings.value;
  const openId = view?.upcoming_session_id;
  const isOpenBooked = booked?.ahead.some((booking) => booking.id === openId);
  const missed = booked?.past.filter((booking) => booking.state !== "completed") ?? [];
  const roomless = booked?.past.filter((booking) => booking.state === "completed" && booking.method !== "video") ?? [];
  const held = [...(booked?.unsettled ?? []), ...roomless];
  return (
    <Frame title="Sessions" look="page--narrow purse lit">
      <div class="stack gap-5">
        <h1>Sessions</h1>
        {(!view || !booked) && <p role="status">{homeTrouble.value || bookingsTrouble.value || "Looking up your sessions…"}</p>}
        {openId && !isOpenBooked && <Open id={openId} />}
        <section class="stack gap-3" aria-labelledby="ahead">
          <h2 id="ahead">Upcoming</h2>
          {booked?.ahead.length === 0 && <p class="card sub">Nothing is booked.</p>}
          {booked?.ahead.map((booking) => <Upcoming key={booking.id} booking={booking} />)}
          <div>
            <a class="btn btn--quiet" href="/book">
              <CalendarIcon name="calendar-plus" />
              Book therapy
            </a>
          </div>
        </section>
        <section class="stack gap-3" aria-labelledby="held">
          <h2 id="held">Completed</h2>
          {view && view.completed.length > 0 && <PastList sessions={view.completed} />}
          {held.length > 0 && <Lines past={held} />}
          {view && view.completed.length + held.length === 0 && (
            <p class="card sub">No sessions yet. After your first call it is listed here, with its receipt.</p>
          )}
        </section>
        {missed.length > 0 && (
          <section class="stack gap-3" aria-labelledby="missed">
            <h2 id="missed">Not held</h2>
            <Lines past={missed} />
          </section>
        )}
        <p class="fine">Times are in {zoneName}.</p>
      </div>
    </Frame>
  );
}
