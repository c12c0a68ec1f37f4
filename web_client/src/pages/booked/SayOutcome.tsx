/** The way to say how a session without a room ended: once that can be said, and by its therapist. */
import { useSignal } from "@preact/signals";

import type { BookingView } from "../../protocol.gen";
import { later } from "../../ui/later";
import { clientTime } from "../../ui/words";

const sheet = later(async () => (await import("./Outcome")).Outcome, { isPart: true });

export function canSay(booking: BookingView, nowMs: number): boolean {
  return booking.outcome_from_ms !== null && nowMs >= booking.outcome_from_ms;
}

export function SayOutcome({ booking, onDone }: { booking: BookingView; onDone?: () => void }) {
  const isOpen = useSignal(false);
  return (
    <>
      <button
        class="btn btn--quiet btn--small"
        type="button"
        aria-label={`Say how it ended: ${clientTime(booking.starts_at_ms)}, ${booking.client_name}`}
        onClick={() => (isOpen.value = true)}
      >
        Say how it ended
      </button>
      {isOpen.value && <sheet.Page booking={booking} onDone={onDone} onClose={() => (isOpen.value = false)} />}
    </>
  );
}
