/** What became of a session by telephone or in person: each answer says before the click what it means for the money. */
import { useSignal } from "@preact/signals";

import { outcomeWords, OUTCOMES, when } from "../../booking_words";
import { refreshBookings } from "../../bookings";
import { ask } from "../../http";
import type { BookingOutcome, BookingView } from "../../protocol.gen";
import { Problem } from "../../ui/Problem";
import { Sheet } from "../../ui/Sheet";
import { useCommand } from "../../ui/useCommand";

interface Props {
  booking: BookingView;
  onClose: () => void;
  onDone?: () => void;
}

export function Outcome({ booking, onClose, onDone }: Props) {
  const said = useSignal<BookingOutcome["outcome"]>("completed");
  const { isBusy, problem, run } = useCommand();
  const save = () =>
    run(async () => {
      await ask("POST /api/bookings/{id}/outcome", { params: { id: booking.id }, body: { outcome: said.value } });
      await refreshBookings();
      onDone?.();
      onClose();
    });
  return (
    <Sheet
      title="How did it end?"
      onClose={onClose}
      foot={
        <>
          <button class="btn btn--primary" type="button" aria-busy={isBusy.value} onClick={() => void save()}>
            Save
          </button>
          <button class="btn btn--text" type="button" onClick={onClose}>
            Back
          </button>
        </>
      }
    >
      <p class="sub">
        {when(booking.starts_at_ms)}, with {booking.client_name}
      </p>
      <fieldset>
        <legend class="sr">How did it end?</legend>
        <div class="stack gap-2">
          {OUTCOMES.map((one) => {
            const words = outcomeWords(booking, one);
            return (
              <label class="choice choice--dot" key={one}>
                <input type="radio" name="outcome" checked={said.value === one} onChange={() => (said.value = one)} />
                <span>
                  <strong class="strong">{words.title}</strong>
                  <small>{words.text}</small>
                </span>
              </label>
            );
          })}
        </div>
      </fieldset>
      <p class="fine">It cannot be changed afterwards.</p>
      <Problem text={problem.value} />
    </Sheet>
  );
}
