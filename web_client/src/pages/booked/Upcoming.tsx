/** One session ahead: when, with whom, *Join*, and behind the dots what can be changed. */
import { useSignal } from "@preact/signals";

import { here, methodWords, minutesOf, when } from "../../booking_words";
import type { BookingView } from "../../protocol.gen";
import { Avatar } from "../../ui/Avatar";
import { CalendarIcon } from "../../ui/CalendarIcon";
import { Icon } from "../../ui/Icon";
import { later } from "../../ui/later";
import { Menu } from "../../ui/Menu";
import { canJoin, Join, useNow } from "./Join";

const cancel = later(async () => (await import("./Cancel")).Cancel, { isPart: true });

export function Upcoming({ booking, isBig = false }: { booking: BookingView; isBig?: boolean }) {
  const isCancelling = useSignal(false);
  const now = useNow(booking);
  const isOpen = canJoin(booking, now);
  const person = booking.therapist;
  return (
    <article class={isOpen ? "card card--light" : "card"} aria-label={`Session on ${when(booking.starts_at_ms)}`}>
      <div class="row row--bare">
        <Avatar person={person} size="l" />
        <div class="row__main">
          <strong class="strong">{when(booking.starts_at_ms)}</strong>
          <span class="sub">
            with {person.first_name} {person.last_name}, {minutesOf(booking)} minutes
            {booking.method !== "video" && `, by ${methodWords(booking.method)}`}
          </span>
          <span class="micro">
            {here}
            {booking.state === "requested" && `, waits for ${person.first_name}’s yes`}
          </span>
        </div>
        <Menu name={`More about ${when(booking.starts_at_ms)}`} icon="ellipsis-vertical" isBare>
          <a href={`/bookings/${booking.id}/move`}>
            <CalendarIcon name="calendar-clock" />
            Reschedule
          </a>
          {booking.state === "confirmed" && (
            <a href={`/api/bookings/${booking.id}/session.ics`} download>
              <CalendarIcon name="calendar-plus" />
              Add to calendar
            </a>
          )}
          <button type="button" onClick={() => (isCancelling.value = true)}>
            <CalendarIcon name="calendar-x" />
            Cancel session
          </button>
          <a href={`/messages/with/${person.id}`}>
            <Icon name="message-circle" />
            Message {person.first_name}
          </a>
        </Menu>
      </div>
      <div class={isBig && isOpen ? "stack gap-3 next__foot" : "split next__foot"}>
        <Join booking={booking} isBig={isBig && isOpen} />
      </div>
      {isCancelling.value && <cancel.Page booking={booking} onClose={() => (isCancelling.value = false)} />}
    </article>
  );
}
