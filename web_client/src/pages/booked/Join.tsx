/**
 * *Join* of a booked session: says when it opens, and who waits; a client's first one asks for the yes.
 * Easy to break: joining runs inside the click itself, or the browser refuses the sound.
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { methodWords } from "../../booking_words";
import { accepting, callPath, enter } from "../../call/session";
import { dayIn } from "../../days";
import { ask, Refusal } from "../../http";
import type { BookingJoin, BookingView, Seat } from "../../protocol.gen";
import { navigate } from "../../router";
import { me } from "../../state";
import { later } from "../../ui/later";
import { clientTime } from "../../ui/words";

const TICK_MS = 5_000;
const sheet = later(async () => (await import("../YesSheet")).YesSheet, { isPart: true });

/** Now, as the server counts: pages of a wrong clock open the door at the right time. */
export function useNow(booking: BookingView): number {
  const now = useSignal(booking.now_ms);
  useEffect(() => {
    const ahead = booking.now_ms - Date.now();
    now.value = booking.now_ms;
    const timer = window.setInterval(() => (now.value = Date.now() + ahead), TICK_MS);
    return () => window.clearInterval(timer);
  }, [booking.now_ms]);
  return now.value;
}

export function canJoin(booking: BookingView, nowMs: number): boolean {
  return booking.state === "confirmed" && booking.join_from_ms !== null && nowMs >= booking.join_from_ms;
}

function opens(booking: BookingView, nowMs: number): string {
  if (booking.state === "requested") return "Not confirmed yet";
  if (booking.join_from_ms === null) return `By ${methodWords(booking.method)}; there is nothing to join here`;
  const isToday = dayIn(booking.join_from_ms) === dayIn(nowMs);
  return `Opens at ${clientTime(booking.join_from_ms)}${isToday ? "" : " on the day"}`;
}

/** To the room of a booked session. Rejects with the server's refusal. */
async function go(booking: BookingView, seat: Seat, yes: BookingJoin): Promise<void> {
  accepting(false);
  const { session_id: sessionId } = await ask("POST /api/bookings/{id}/join", { params: { id: booking.id }, body: yes });
  enter(sessionId, seat);
  navigate(callPath(sessionId));
}

function wordsFor(refusal: unknown): string {
  if (!(refusal instanceof Refusal)) throw refusal;
  return refusal.message;
}

interface Props {
  booking: BookingView;
  /** The one large thing to press on the page. */
  isBig?: boolean;
}

export function Join({ booking, isBig = false }: Props) {
  const now = useNow(booking);
  const isAsking = useSignal(false);
  const problem = useSignal("");
  const isOpen = canJoin(booking, now);
  const isClient = me.value?.role === "client";
  useEffect(() => {
    if (isOpen && isClient && !booking.has_agreed) sheet.fetchAhead();
  }, [isOpen, isClient, booking.has_agreed]);
  const other = isClient ? booking.therapist.first_name : booking.client_name;
  const join = async () => {
    if (!isOpen) return;
    if (isClient && !booking.has_agreed) {
      isAsking.value = true;
      return;
    }
    try {
      await go(booking, isClient ? "client" : "therapist", {});
    } catch (refusal) {
      problem.value = wordsFor(refusal);
    }
  };
  const reason = `join-${booking.id}`;
  const look = isBig ? "btn--big btn--wide" : "btn--small";
  return (
    <>
      <span class="fine" id={reason} aria-live="polite">
        {problem.value || (isOpen ? (booking.is_other_there ? `${other} is there and waits` : "The room is open") : opens(booking, now))}
      </span>
      {booking.join_from_ms !== null && (
        <button
          class={`btn ${isOpen ? "btn--primary" : "btn--quiet"} ${look}`}
          type="button"
          aria-disabled={!isOpen}
          aria-describedby={reason}
          onClick={() => void join()}
        >
          Join
        </button>
      )}
      {isAsking.value && (
        <sheet.Page
          person={booking.therapist}
          offersTranscript={booking.offers_transcript}
          onYes={(yes) => go(booking, "client", yes)}
          onClose={() => (isAsking.value = false)}
        />
      )}
    </>
  );
}
