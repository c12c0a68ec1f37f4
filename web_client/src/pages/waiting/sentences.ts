/** What somebody who waits is told: how long, why they are in the line again, why it is over. Pure. */
import type { RequestView } from "../../protocol.gen";
import { clientTime, ordinal, waitRange, zoneName } from "../../ui/words";

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
  client_missing: { title: "You did not get into the call", text: "Nothing was taken. You can ask again now." },
};
const OVER_OTHERWISE: Words = {
  title: "This request is over",
  text: "Nothing was taken. You can ask again at any time.",
};

/** Why our team took a request out of the line. */
const TAKEN_OUT: Record<string, Words> = {
  asked: { title: "Taken out, as you asked", text: "Nothing was taken. You can ask again at any time." },
  elsewhere: {
    title: "You are looked after elsewhere",
    text: "Our team took this request out of the line because somebody is helping you already. Nothing was taken.",
  },
  emergency: {
    title: "You need help faster than this",
    text: "Our team is worried about you and took you out of the line. If you are in danger, call 999 now. The numbers below are answered at once.",
  },
  misuse: {
    title: "Your request was closed",
    text: "Our team closed it because it did not look like a wish to talk to a therapist. Nothing was taken. If that is wrong, ask again.",
  },
};
const TAKEN_OUT_OTHERWISE: Words = {
  title: "Your request was closed",
  text: "Our team took it out of the line. Nothing was taken, and you can ask again now.",
};

export function cameBack(request: RequestView): string {
  return CAME_BACK[request.reason] ?? "";
}

export function over(request: RequestView): Words {
  if (request.reason === "callback") {
    const until = request.place_kept_until_ms;
    return {
      title: "We will text you",
      text: `When a therapist is free you get a text with a link. ${until === null ? "" : keptUntil(until)} You can close this page.`,
    };
  }
  if (request.reason === "operator") return TAKEN_OUT[request.taken_out] ?? TAKEN_OUT_OTHERWISE;
  return OVER[request.reason] ?? OVER_OTHERWISE;
}

export function keptUntil(untilMs: number): string {
  return `Your place in the line is kept until ${clientTime(untilMs)} (${zoneName}): ask again before then and it is yours.`;
}

/** "first" is also "next": nobody stands before them. */
export function placeOf(place: number): string {
  return place === 1 ? "next" : `${ordinal(place)} in line`;
}

type Waiting = Pick<RequestView, "wait_low_s" | "wait_high_s" | "now_ms" | "placed_at_ms">;

/** How long it takes, as far as that is known. `onDuty` is null until the server has said. */
export function estimate(request: Waiting, onDuty: number | null): string {
  if (onDuty === 0) return "Nobody is on duty right now; nothing is taken while you wait.";
  const { wait_low_s: low, wait_high_s: high } = request;
  if (low === null || high === null) return "We cannot say how long it takes.";
  const waitedS = (request.now_ms - request.placed_at_ms) / 1000;
  if (waitedS > high) return "It is taking longer than usual. Somebody comes as soon as one is free.";
  return `Usually ${waitRange(low, high)}.`;
}
