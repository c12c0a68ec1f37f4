/** What somebody who waits is told: how long, why they are in the line again, why it is over. Pure. */
import type { HomeView, RequestView } from "../../protocol.gen";
import { ordinal, waitRange } from "../../ui/words";

export interface Words {
  title: string;
  text: string;
}

/** Why somebody who had been found is in the line again. */
const CAME_BACK: Record<string, string> = {
  withdrawn: "The therapist had to step away. You keep your place in the line, and nothing was taken.",
  therapist_missing: "The therapist could not get into the call. You keep your place, and nothing was taken.",
  silent: "We had no answer from you in time, so we are asking the next therapist. You keep your place.",
  declined: "That is fine. We are asking the next therapist; you keep your place in the line.",
};

/** Why it is over without a call, by reason. Nothing was taken in any of them. */
const OVER: Record<string, Words> = {
  nobody: {
    title: "Nobody could come",
    text: "No therapist was able to come in all that time, and we are sorry. Nothing was taken. You can ask again now.",
  },
  silent: {
    title: "We could not reach you",
    text: "Somebody came for you twice and we had no answer, so the line moved on. Nothing was taken.",
  },
  absent: {
    title: "Your place was let go",
    text: "This page had been away for a while. Nothing was taken, and you can ask again now.",
  },
  operator: { title: "Your request was closed", text: "Our team took it out of the line. Nothing was taken, and you can ask again now." },
  client_missing: { title: "You did not get into the call", text: "Nothing was taken. You can ask again now." },
};
const OVER_OTHERWISE: Words = {
  title: "This request is over",
  text: "Nothing was taken. You can ask again at any time.",
};

export function cameBack(request: RequestView): string {
  return CAME_BACK[request.reason] ?? "";
}

export function over(request: RequestView): Words {
  return OVER[request.reason] ?? OVER_OTHERWISE;
}

/** "first" is also "next": nobody stands before them. */
export function placeOf(place: number): string {
  return place === 1 ? "next" : `${ordinal(place)} in line`;
}

type Range = Pick<HomeView, "on_duty" | "wait_low_s" | "wait_high_s">;

/** How long it takes, as far as that is known; `range` is null until the server has said. */
export function estimate(waitedS: number, range: Range | null): string {
  if (range?.on_duty === 0) return "Nobody is on duty right now; nothing is taken while you wait.";
  const { wait_low_s: low, wait_high_s: high } = range ?? { wait_low_s: null, wait_high_s: null };
  if (low === null || high === null) return "We cannot say how long it takes.";
  if (waitedS > high) return "It is taking longer than usual. Somebody comes as soon as one is free.";
  return `Usually ${waitRange(low, high)}.`;
}
