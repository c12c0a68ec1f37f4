/** Who waits, oldest first, and what this therapist can do about it. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";

import { codeOf, type RefusalCode } from "../../call/refusal";
import { secondsTick } from "../../call/clock";
import { media } from "../../call/media";
import { accepting, callPath } from "../../call/session";
import type { CardView } from "../../protocol.gen";
import { navigate } from "../../router";
import { emit } from "../../socket";
import { connection, duty, pool, takeRequest } from "../../state";
import { Icon, type IconName } from "../../ui/Icon";
import { isSoundOn } from "../../ui/sound";
import { clock } from "../../ui/words";
import { Card } from "./Card";
import { Soon } from "./Soon";
import { permission, type Permission } from "./notification";
import { useLine } from "./useLine";

const SENTENCES: Partial<Record<RefusalCode, string>> = {
  taken: "Another therapist was first.",
  cancelled: "They stopped waiting a moment ago.",
  expired: "This request has just run out.",
  in_session: "You are in a session. When it has ended you can accept again.",
  not_on_duty: "You are off duty. Go on duty to accept.",
  try_again: "That did not go through. Please press Accept again.",
  no_answer: "We cannot reach the server just now. Please press Accept again.",
};
const NOT_REACHABLE = "There is no connection just now. We are trying again.";

function useAccept() {
  const accepted = useSignal<string | null>(null);
  const refusals = useSignal<Readonly<Record<string, string>>>({});
  const say = (id: string, sentence: string) => (refusals.value = { ...refusals.peek(), [id]: sentence });
  const accept = async (card: CardView): Promise<void> => {
    if (accepted.peek() !== null) return;
    if (connection.peek() !== "connected") return void say(card.id, NOT_REACHABLE);
    accepting(card.is_chat_only);
    accepted.value = card.id;
    say(card.id, "");
    try {
      const taken = await emit("request:accept", { id: card.id });
      takeRequest(taken);
      if (taken.session_id) navigate(callPath(taken.session_id));
    } catch (refusal) {
      media.close();
      say(card.id, SENTENCES[codeOf(refusal)] ?? (refusal instanceof Error ? refusal.message : ""));
    }
    accepted.value = null;
  };
  return { accepted, refusals, accept };
}

function Empty({ icon, title, text }: { icon: IconName; title: string; text: string }) {
  return (
    <div class="card empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      <p>{text}</p>
    </div>
  );
}

function colleagues(count: number): string {
  if (count === 0) return "Nobody is on duty just now.";
  return count === 1 ? "One colleague is on duty." : `${count} colleagues are on duty.`;
}

/** How this page will call, as it stands in this browser now. */
function calledBy(isSoundOn: boolean, notifications: Permission): string {
  const sound = isSoundOn ? "You will hear a sound when someone comes" : "The sound is off in this browser";
  const title = "the title of this tab shows how many wait";
  if (notifications === "granted") return `${sound}, ${title}, and your browser tells you while it is hidden.`;
  if (notifications === "denied") return `${sound}, and ${title}. Your browser blocks notifications of this page.`;
  return `${sound}, and ${title}.`;
}

function Nobody() {
  const status = duty.value?.status;
  if (status === "off") {
    return (
      <Empty
        icon="moon"
        title="You are off duty"
        text={`Go on duty to see who is waiting. ${colleagues(duty.value?.on_duty ?? 0)} Switch on when you are somewhere private.`}
      />
    );
  }
  if (status === "in_session") {
    return (
      <Empty
        icon="video"
        title="New requests go to your colleagues"
        text="You see who is waiting again when this session is over."
      />
    );
  }
  return (
    <Empty
      icon="armchair"
      title="Nobody is waiting"
      text={`${calledBy(isSoundOn.value, permission.value)} Keep this tab open.`}
    />
  );
}

function Loading() {
  return (
    <div class="caller" aria-busy="true">
      <span class="skeleton caller__bone" />
      <span class="skeleton" />
      <span class="sr" role="status">
        Loading who is waiting
      </span>
    </div>
  );
}

function Count() {
  const cards = pool.value?.cards ?? [];
  if (cards.length === 0) return null;
  const waiting = pool.value?.waiting ?? cards.length;
  const longest = Math.max(...cards.map((card) => (secondsTick.value - card.placed_at_ms) / 1000));
  return (
    <span class="fine">
      {waiting === 1 ? "1 person," : `${waiting} people, longest`} <span class="num">{clock(longest)}</span>
    </span>
  );
}

/** `notice` stands above the cards: whom this therapist is with, or what became of the last one. */
export function Pool({ notice }: { notice: ComponentChildren }) {
  const { accepted, refusals, accept } = useAccept();
  const { places, onPointerEnter, onPointerLeave } = useLine();
  const isKnown = duty.value !== null && pool.value !== null;
  const isReachable = connection.value === "connected";
  return (
    <section class="pool" aria-label="Pool">
      <div class="split pool__head">
        <h1>Waiting now</h1>
        <Count />
      </div>
      {notice}
      <Soon />
      {places.length > 0 ? (
        <ul class="callers" onPointerEnter={onPointerEnter} onPointerLeave={onPointerLeave}>
          {places.map((place) => (
            <li key={place.card.id}>
              <Card
                place={place}
                refusal={refusals.value[place.card.id] ?? ""}
                isAccepting={accepted.value !== null}
                isReachable={isReachable}
                onAccept={() => void accept(place.card)}
              />
            </li>
          ))}
        </ul>
      ) : isKnown ? (
        <Nobody />
      ) : (
        <Loading />
      )}
    </section>
  );
}
