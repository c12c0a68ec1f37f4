/** Move a session to another time: the rule for this very one first, then the free times, then a reason. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { here, minutesOf, moveWords, when } from "../booking_words";
import { ask, Refusal } from "../http";
import type { BookingView } from "../protocol.gen";
import { navigate } from "../router";
import { me } from "../state";
import { CalendarIcon } from "../ui/CalendarIcon";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { useKept } from "../ui/useKept";
import { Foot } from "./book/Foot";
import { OtherTime } from "./book/OtherTime";
import { Times } from "./book/Times";
import "../styles/client.css";
import "./Book.css";

function useBooking(id: string) {
  const found = useSignal<BookingView | null>(null);
  const trouble = useSignal("");
  useEffect(() => {
    ask("GET /api/bookings/{id}", { params: { id } })
      .then((booking) => (found.value = booking))
      .catch((refusal: Error) => (trouble.value = refusal.message));
  }, [id]);
  return { found: found.value, trouble: trouble.value };
}

function Moving({ booking, home }: { booking: BookingView; home: string }) {
  const newId = useSignal(crypto.randomUUID());
  const chosen = useSignal<number | null>(null);
  const words = useKept(`move:${booking.id}`, "");
  const problem = useSignal("");
  const isBusy = useSignal(false);
  const turn = useSignal(0);
  const isTherapist = me.value?.role === "therapist";
  const other = isTherapist ? booking.client_name : booking.therapist.first_name;
  const said = moveWords(booking, booking.now_ms);
  const move = async () => {
    if (isBusy.peek() || chosen.value === null) return;
    if (!words.value.trim()) {
      problem.value = `Please give ${other} a reason.`;
      document.getElementById("move-words")?.focus();
      return;
    }
    isBusy.value = true;
    problem.value = "";
    try {
      await ask("POST /api/bookings/{id}/move", {
        params: { id: booking.id },
        body: { new_id: newId.value, starts_at_ms: chosen.value, words: words.value.trim() },
      });
      words.value = "";
      navigate(home);
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      problem.value = refusal.message;
      if (refusal.code !== "no_answer") newId.value = crypto.randomUUID();
      if (["slot_taken", "slot_closed", "client_busy"].includes(refusal.code)) {
        chosen.value = null;
        turn.value += 1;
      }
    }
    isBusy.value = false;
  };
  return (
    <>
      <div class="stack gap-5">
        <h1>Move this session</h1>
        <p class="sub">
          Now {when(booking.starts_at_ms)}, {minutesOf(booking)} minutes with {other}
        </p>
        <div class="banner">
          <Icon name="info" />
          <div>
            <p>
              <strong>{said.title}</strong> {isTherapist ? "" : said.text} {other} gets a message.
            </p>
          </div>
        </div>
        <Times
          therapistId={booking.therapist.id}
          serviceId={booking.service_id}
          name={booking.therapist.first_name}
          movingId={booking.id}
          turn={turn.value}
          chosen={chosen.value}
          onChoose={(startsAtMs) => (chosen.value = startsAtMs)}
        />
        {isTherapist && <OtherTime onChoose={(startsAtMs) => (chosen.value = startsAtMs)} />}
        <div class="field">
          <label class="label" for="move-words">
            Reason for {other}
          </label>
          <input
            class="input"
            id="move-words"
            maxLength={500}
            value={words.value}
            onInput={(event) => (words.value = event.currentTarget.value)}
          />
        </div>
        <p class="error" role="alert">
          {problem.value}
        </p>
      </div>
      <Foot>
        <p class="fine" aria-live="polite">
          <strong class="strong">{chosen.value === null ? "Choose a time" : when(chosen.value)}</strong>
          <br />
          {here}
        </p>
        <button class="btn btn--primary" type="button" aria-disabled={chosen.value === null} aria-busy={isBusy.value} onClick={() => void move()}>
          Reschedule
        </button>
      </Foot>
    </>
  );
}

function TooLate({ booking, home }: { booking: BookingView; home: string }) {
  const said = moveWords(booking, booking.now_ms);
  return (
    <div class="stack gap-5">
      <h1>This session cannot be moved</h1>
      <div class="banner banner--warn">
        <CalendarIcon name="clock" />
        <div>
          <p>
            <strong>{said.title}</strong> {said.text}
          </p>
        </div>
      </div>
      <div class="cluster">
        <a class="btn btn--primary" href={home}>
          Keep it
        </a>
      </div>
    </div>
  );
}

export function MovePage({ id }: { id: string }) {
  const { found, trouble } = useBooking(id);
  const home = me.value?.role === "therapist" ? "/" : "/sessions";
  return (
    <Frame title="Reschedule" look={me.value?.role === "therapist" ? "desk book" : "book"}>
      <div class="stack gap-5 book__main">
        <a class="back" href={home}>
          <Icon name="arrow-left" small />
          Back
        </a>
        {!found && <p role="status">{trouble || "One moment…"}</p>}
        {found && (found.move_until_ms === null ? <TooLate booking={found} home={home} /> : <Moving booking={found} home={home} />)}
      </div>
    </Frame>
  );
}
