/** Cancel one session: what it means for this very one is said before the click, and the quiet answer is to keep it. */
import { useSignal } from "@preact/signals";

import { cancelWords, here, when } from "../../booking_words";
import { refreshBookings } from "../../bookings";
import { ask, Refusal } from "../../http";
import type { BookingView } from "../../protocol.gen";
import { me } from "../../state";
import { CalendarIcon } from "../../ui/CalendarIcon";
import { Icon } from "../../ui/Icon";
import { Sheet } from "../../ui/Sheet";
import { useKept } from "../../ui/useKept";

interface Props {
  booking: BookingView;
  onClose: () => void;
  onDone?: () => void;
}

export function Cancel({ booking: shown, onClose, onDone }: Props) {
  const booking = useSignal(shown);
  const words = useKept(`cancel:${shown.id}`, "");
  const isBusy = useSignal(false);
  const problem = useSignal("");
  const one = booking.value;
  const isTherapist = me.value?.role === "therapist";
  const said = cancelWords(one, one.now_ms, isTherapist);
  const cancel = async () => {
    if (isBusy.peek()) return;
    isBusy.value = true;
    problem.value = "";
    const params = { id: one.id };
    try {
      await ask("POST /api/bookings/{id}/cancel", { params, body: { words: words.value.trim(), is_forfeit: one.is_forfeit } });
      words.value = "";
      await refreshBookings();
      onDone?.();
      onClose();
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      problem.value = refusal.message;
      if (refusal.code === "terms_changed") booking.value = await ask("GET /api/bookings/{id}", { params });
    }
    isBusy.value = false;
  };
  const yes = one.is_forfeit && !isTherapist ? (one.paid_with === "allowance" ? "Cancel and use the session" : "Cancel and lose the price") : "Cancel session";
  return (
    <Sheet
      title="Cancel this session?"
      onClose={onClose}
      foot={
        <>
          <button class="btn btn--danger-quiet" type="button" aria-busy={isBusy.value} onClick={() => void cancel()}>
            {yes}
          </button>
          <button class="btn btn--primary" type="button" onClick={onClose}>
            Keep it
          </button>
        </>
      }
    >
      <p class="sub">
        {when(one.starts_at_ms)}, {here}, with {isTherapist ? one.client_name : one.therapist.first_name}
      </p>
      <div class={one.is_forfeit && !isTherapist ? "banner banner--warn" : "banner"} role="status">
        {one.is_forfeit && !isTherapist ? <CalendarIcon name="clock" /> : <Icon name="info" />}
        <div>
          <p>
            <strong>{said.title}</strong> {said.text}
          </p>
        </div>
      </div>
      <div class="field">
        <label for="cancel-words">Reason, if you like to give one</label>
        <input
          class="input"
          id="cancel-words"
          maxLength={500}
          value={words.value}
          onInput={(event) => (words.value = event.currentTarget.value)}
        />
        <span class="hint">The other side reads it.</span>
      </div>
      <p class="error" role="alert">
        {problem.value}
      </p>
    </Sheet>
  );
}
