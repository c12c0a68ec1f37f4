/** One waiting client, and for four seconds the outline of one who left. */
import { secondsTick } from "../../call/clock";
import type { CardView } from "../../protocol.gen";
import { Icon } from "../../ui/Icon";
import { Marks } from "../../ui/Marks";
import { isSoundOn } from "../../ui/sound";
import { areaName, clock } from "../../ui/words";
import { silence, silenced } from "./alerts";
import { about, type Place } from "./line";

const LATE_S = 90;

function Waited({ card }: { card: CardView }) {
  const seconds = (secondsTick.value - card.placed_at_ms) / 1000;
  return (
    <span class={seconds >= LATE_S ? "caller__wait caller__wait--late" : "caller__wait"}>
      <span class="num" role="timer" aria-label={`${card.first_name} has waited`}>
        {clock(seconds)}
      </span>
    </span>
  );
}

/** This card rings no more; the others do. Only while there is a sound to silence. */
function Silence({ card }: { card: CardView }) {
  if (!isSoundOn.value) return null;
  const isSilent = silenced.value.has(card.id);
  return (
    <button
      class="btn btn--quiet btn--icon caller__silence"
      type="button"
      aria-label="Silence"
      aria-pressed={isSilent}
      aria-describedby={`who-${card.id}`}
      title={isSilent ? "This card no longer rings" : "Stop the sound for this card"}
      onClick={() => silence(card.id, !isSilent)}
    >
      <Icon name={isSilent ? "bell-off" : "bell-ring"} />
    </button>
  );
}

interface Props {
  place: Place;
  refusal: string;
  isAccepting: boolean;
  isReachable: boolean;
  onAccept: () => void;
}

export function Card({ place, refusal, isAccepting, isReachable, onAccept }: Props) {
  const { card, left } = place;
  const who = `who-${card.id}`;
  const why = `why-${card.id}`;
  return (
    <div class={left ? "caller caller--left" : "caller"} role="group" aria-labelledby={who}>
      <div class="caller__head">
        <h2 id={who}>{card.first_name}</h2>
        <span class="fine">{about(areaName(card.area), card.issue)}</span>
        {!left && <Waited card={card} />}
      </div>
      <p class={card.note ? "caller__note" : "caller__note caller__note--none"}>{card.note || "No note"}</p>
      <div class="caller__foot">
        <span class="cluster">
          {card.yours_until_ms !== null && secondsTick.value < card.yours_until_ms && (
            <span class="badge badge--accent">Your client, yours first</span>
          )}
          <Marks asked={card} />
        </span>
        {left ? (
          <span class="badge caller__gone">{left}</span>
        ) : (
          <span class="caller__do">
            <Silence card={card} />
            <button
              class="btn btn--primary"
              type="button"
              aria-describedby={refusal ? `${who} ${why}` : who}
              aria-disabled={isAccepting || !isReachable ? true : undefined}
              onClick={onAccept}
            >
              Accept
            </button>
          </span>
        )}
      </div>
      <p class={refusal ? "caller__why" : "sr"} id={why} role="status">
        {refusal}
      </p>
    </div>
  );
}
