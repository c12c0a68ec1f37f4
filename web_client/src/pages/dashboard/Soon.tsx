/**
 * A booked session that begins while a quick one could still run. It is said and nothing is taken away: whether there is
 * time for somebody who waits, the therapist knows better than we do.
 */
import { farOff } from "../../booking_words";
import { bookings } from "../../bookings";
import { secondsTick } from "../../call/clock";
import { duty } from "../../state";
import { CalendarIcon } from "../../ui/CalendarIcon";
import { clockTime } from "../../ui/words";

export function Soon() {
  const view = bookings.value;
  const now = secondsTick.value;
  const next = view?.ahead.find((booking) => booking.state === "confirmed" && booking.ends_at_ms > now);
  if (!view || !next || duty.value?.status !== "on_duty") return null;
  const leftMs = next.starts_at_ms - now;
  if (leftMs > view.quick_minutes * 60_000) return null;
  const begins = leftMs > 0 ? `begins in ${farOff(leftMs)}` : "has begun";
  return (
    <div class="banner banner--warn" role="status">
      <CalendarIcon name="clock" />
      <div>
        <p>
          <strong>
            {clockTime(next.starts_at_ms)} with {next.client_name} {begins}.
          </strong>{" "}
          A quick session may last {view.quick_minutes} minutes. You can still accept.
        </p>
      </div>
    </div>
  );
}
