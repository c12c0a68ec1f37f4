/**
 * What the call says about itself, in plain sentences, from plain facts.
 * Knows no connection and no page. Easy to break: a banner stands only while something is wrong, and it says what
 * the other person still hears before it says what to do.
 */
import type { PersonInRoom, RoomView } from "../protocol.gen";
import type { LinkState } from "./link";
import type { RepairStep } from "./refresh_step";
import type { Place } from "./sending";

export interface Facts {
  place: Place;
  room: RoomView | null;
  link: LinkState;
  /** This link, or one before it in this call, has been connected. */
  hasConnected: boolean;
  /** A relay was given to this page. */
  hasRelay: boolean;
  isSocketUp: boolean;
  refresh: RepairStep;
  /** What Refresh found, once it is done. */
  found: string;
  /** What is being done by itself. */
  mending: RepairStep;
  /** What the other page is doing about the connection. */
  otherRepair: RepairStep;
  trouble: string;
  /** Its therapist has ended it and the server has not answered yet. */
  isEnding: boolean;
}

export interface Saying {
  text: string;
  detail: string;
  /** quiet: heard by a screen reader only; the others are banners too, joining the green one. */
  tone: "quiet" | "info" | "warn" | "joining";
}

type Doing = Exclude<RepairStep, "" | "done" | "writing">;

const DOING: Record<Doing, string> = {
  looking: "checking your camera and microphone",
  restarting: "looking for a better way between you",
  rebuilding: "building a new connection",
  relaying: "trying the way through a relay",
};

const NO_WAY = say(
  "warn",
  "Sound and picture do not get through just now.",
  "The chat still works: write there. We keep trying. In danger now, call 999; Samaritans 116 123.",
);

const NO_RELAY = say(
  "warn",
  "This call may go through a relay only, and there is none just now.",
  "The chat works: write there. In danger now, call 999; Samaritans 116 123.",
);

function isDoing(step: RepairStep): step is Doing {
  return step in DOING;
}

export function otherOf(room: RoomView): PersonInRoom {
  return room.seat === "client" ? room.therapist : room.client;
}

export function ownOf(room: RoomView): PersonInRoom {
  return room.seat === "client" ? room.client : room.therapist;
}

function say(tone: Saying["tone"], text: string, detail = ""): Saying {
  return { text, detail, tone };
}

export function saying(facts: Facts): Saying {
  const { place, room } = facts;
  if (facts.trouble) return say("warn", facts.trouble);
  if (place === "ended") return say("quiet", "The session has ended.");
  if (facts.isEnding) return say("info", "Ending the session…", "Nothing of you is sent any more.");
  if (place === "replaced") return say("quiet", "This call is open in another window.");
  if (place === "left" || place === "away") return say("quiet", "You have left the call.");
  if (!room) return facts.isSocketUp ? say("quiet", "Opening the room.") : noServer(false);
  if (facts.refresh === "writing") return NO_WAY;
  if (facts.refresh === "done") return say("info", "Refreshed.", facts.found);
  if (isDoing(facts.refresh)) return say("info", `Refreshing: ${DOING[facts.refresh]}.`);
  if (!facts.isSocketUp) return noServer(facts.link === "connected");
  if (place === "warming" || room.phase === "warming") return say("quiet", "The connection is being prepared.");
  return aboutOther(facts, otherOf(room));
}

function noServer(canTalk: boolean): Saying {
  if (canTalk) {
    return say("warn", "You can go on talking.", "We are reconnecting to the server; chat and notes wait here until then.");
  }
  return say("warn", "Reconnecting…", "Nothing is lost. We keep trying.");
}

function aboutOther(facts: Facts, other: PersonInRoom): Saying {
  const name = other.first_name;
  if (other.has_stepped_away) return say("quiet", `${name} stepped away. The room stays open.`);
  if (other.has_left) return say("quiet", `${name} left. They may come back while the room is open.`);
  if (!other.is_present) return absent(facts, name);
  if (facts.room?.is_chat_only) return say("quiet", "Connected. Chat only.");
  if (facts.link === "connected") return connected(facts, name);
  if (facts.room?.is_relay_only && !facts.hasRelay) return NO_RELAY;
  if (facts.mending === "writing") return NO_WAY;
  if (!facts.hasConnected) return say("quiet", `Connecting you to ${name}.`);
  const doing = isDoing(facts.mending) ? `We are ${DOING[facts.mending]}.` : "";
  return say("warn", "Reconnecting…", `Nothing is lost. ${doing || "If it takes over 20 seconds, press Refresh."}`);
}

/** The connection stands; somebody may still be at work on it. */
function connected(facts: Facts, name: string): Saying {
  const { mending, otherRepair } = facts;
  if (isDoing(mending)) return say("warn", "Reconnecting…", `We do not hear ${name}. We are ${DOING[mending]}.`);
  if (!isDoing(otherRepair)) return say("quiet", "Connected.");
  const doing = otherRepair === "looking" ? "checking their camera and microphone" : DOING[otherRepair];
  return say("info", `${name} is refreshing: ${doing}.`);
}

function absent(facts: Facts, name: string): Saying {
  if (facts.room?.phase !== "interrupted") {
    const isJoining = facts.room?.seat === "therapist" && facts.room.live_at_ms === null;
    return isJoining ? say("joining", `${name} said yes and is joining.`) : say("quiet", `Waiting for ${name}.`);
  }
  if (facts.link === "connected") return say("warn", `${name} is reconnecting…`, "They can still hear you. The room stays open.");
  if (facts.room.may_end_alone) return say("info", `${name} has been away for a while.`, "You may wait, or end the session.");
  return say("warn", `${name} is reconnecting…`, "The room stays open.");
}

const TOLD_MS = 5 * 60_000;

/** Said when little time is left, in words that stay the same until there is something else to say. */
export function timeLeft(room: RoomView, nowMs: number, clock: (atMs: number) => string): string {
  const { ends_at_ms: ends, closes_at_ms: closes } = room;
  if (ends === null || closes === null) return "";
  if (nowMs >= closes - TOLD_MS) return `This session ends by itself at ${clock(closes)}.`;
  if (nowMs < ends - TOLD_MS || nowMs >= ends) return "";
  return `The time of this session is over at ${clock(ends)}. You can go on until ${clock(closes)}.`;
}

/** What the recorder really does, said for the sign. Null: nothing to show. */
export function recordingSign(room: RoomView): { text: string; isOn: boolean } | null {
  const { client_agreed, therapist_agreed, client_leg, therapist_leg } = room.transcript;
  if (!client_agreed || !therapist_agreed || room.is_chat_only) return null;
  const running = [client_leg, therapist_leg].filter((leg) => leg === "recording").length;
  if (running === 2) return { text: "Transcript on, both agreed", isOn: true };
  if (running === 1) {
    const mine = room.seat === "client" ? client_leg : therapist_leg;
    const whose = mine === "recording" ? "your words" : `${otherOf(room).first_name}’s words`;
    return { text: `Transcript on for ${whose} only`, isOn: true };
  }
  return { text: "Transcript is starting", isOn: false };
}
