/** Five minutes before the time is over, and before the session ends by itself: said once, and put away by a press. */
import { useSignal } from "@preact/signals";

import { secondsTick } from "../../call/clock";
import { timeLeft } from "../../call/sentences";
import type { RoomView } from "../../protocol.gen";
import { me } from "../../state";
import { timeFor } from "../../ui/words";
import { CallIcon } from "./CallIcon";

export function TimeLeft({ room }: { room: RoomView }) {
  const putAway = useSignal("");
  const text = timeLeft(room, secondsTick.value, (atMs) => timeFor(atMs, me.value?.role === "client"));
  return (
    <div class="notice__others" role="status" aria-label="Time left">
      {text && text !== putAway.value && (
        <div class="banner banner--info">
          <p>{text}</p>
          <button class="notice__x" type="button" aria-label="Close note" onClick={() => (putAway.value = text)}>
            <CallIcon name="x" small />
          </button>
        </div>
      )}
    </div>
  );
}
