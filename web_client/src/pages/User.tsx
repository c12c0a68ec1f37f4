/** One client, as their therapist sees them: what is booked, what was, packages, and a session to schedule. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { minutesOf, stateWords, when } from "../booking_words";
import { ask } from "../http";
import type { BookingView, CallLogEntry, UserView } from "../protocol.gen";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { LinkRow } from "../ui/LinkRow";
import { dateTime, duration } from "../ui/words";
import { canSay, SayOutcome } from "./booked/SayOutcome";
import { Consent } from "./users/Consent";
import { Packages } from "./users/Packages";
import { Schedule } from "./users/Schedule";
import "../styles/client.css";
import "./Availability.css";

function useUser(id: string) {
  const user = useSignal<UserView | null>(null);
  const sessions = useSignal<CallLogEntry[]>([]);
  const trouble = useSignal("");
  const load = async () => {
    try {
      user.value = await ask("GET /api/users/{id}", { params: { id } });
      sessions.value = (await ask("POST /api/call-log/find", { body: { client_id: id } })).sessions;
    } catch (refusal) {
      trouble.value = (refusal as Error).message;
    }
  };
  useEffect(() => void load(), [id]);
  return { user, sessions, trouble, load };
}

function Ahead({ bookings, onChange }: { bookings: BookingView[]; onChange: () => void }) {
  return (
    <section class="card stack gap-2" aria-labelledby="user-ahead">
      <h2 id="user-ahead">Upcoming</h2>
      {bookings.length === 0 && <p class="sub">Nothing is booked.</p>}
      <ul class="rows">
        {bookings.map((booking) => (
          <li class="row" key={booking.id}>
            <span class="row__main">
              <strong class="strong">{when(booking.starts_at_ms)}</strong>
              <span class="fine">
                {booking.service_name}, {minutesOf(booking)} min, {stateWords(booking).toLowerCase()}
              </span>
            </span>
            {canSay(booking, booking.now_ms) ? (
              <SayOutcome booking={booking} onDone={onChange} />
            ) : (
              <a class="btn btn--quiet btn--small" href={`/bookings/${booking.id}/move`}>
                Reschedule
              </a>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function History({ sessions, past }: { sessions: CallLogEntry[]; past: BookingView[] }) {
  // What was held by video stands among the sessions.
  const others = past.filter((booking) => booking.state !== "completed" || booking.method !== "video");
  return (
    <section class="card stack gap-2" aria-labelledby="user-history">
      <h2 id="user-history">History</h2>
      {sessions.length + others.length === 0 && <p class="sub">No sessions yet.</p>}
      <ul class="rows">
        {sessions.map((session) => (
          <LinkRow
            key={session.session_id}
            to={`/sessions/${session.session_id}`}
            name={dateTime(session.at_ms)}
            about={`${duration(session.length_s)}, ${session.has_notes ? "with notes" : "no notes yet"}`}
          />
        ))}
        {others.map((booking) => (
          <li class="row" key={booking.id}>
            <span class="row__main">
              <span>{when(booking.starts_at_ms)}</span>
              {booking.words && <span class="fine">{booking.words}</span>}
            </span>
            <span class="badge">{stateWords(booking)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function UserPage({ id }: { id: string }) {
  const { user, sessions, trouble, load } = useUser(id);
  const view = user.value;
  return (
    <Frame title={view?.name ?? "User"} look="desk page--narrow">
      <a class="back" href="/users">
        <Icon name="arrow-left" small />
        Users
      </a>
      <div class="pagehead">
        <h1>{view?.name ?? "User"}</h1>
        {view && (
          <a class="btn btn--quiet" href={`/messages/with/${id}`}>
            <Icon name="message-circle" />
            Message
          </a>
        )}
      </div>
      {!view && <p role="status">{trouble.value || "Looking up this person…"}</p>}
      {view && (
        <div class="stack gap-5">
          {view.consent && <Consent consent={view.consent} clientId={id} />}
          <Ahead bookings={view.ahead} onChange={() => void load()} />
          <section class="card stack gap-4" aria-labelledby="schedule" id="schedule-a-session">
            <h2 id="schedule">Schedule a session</h2>
            <Schedule clientId={id} name={view.first_name} services={view.services} onDone={() => void load()} />
          </section>
          <Packages user={view} onChange={(changed) => (user.value = changed)} />
          <History sessions={sessions.value} past={view.past} />
        </div>
      )}
    </Frame>
  );
}
