import { expect, test } from "vitest";

import type { PersonInRoom, RoomView } from "../protocol.gen";
import { asTimer } from "./clock";
import { added, noFigures } from "./figures";
import { fate, hasRelay } from "./link";
import { loudness } from "./meter";
import { type Counts, hearing, noCounts, quality } from "./quality";
import { climb, type Ladder, TOP } from "./rates";
import { automaticStep, nextStep } from "./refresh_step";
import { mayRecord, mayUse, newer, type Place } from "./sending";
import { recordingSign, saying, timeLeft } from "./sentences";

const PERSON: PersonInRoom = {
  first_name: "Amara",
  last_name: "Okafor",
  is_present: true,
  is_muted: false,
  is_camera_on: true,
  has_stepped_away: false,
  has_left: false,
};

const ROOM: RoomView = {
  session_id: "s",
  version: 5,
  phase: "live",
  ended_reason: "",
  seat: "client",
  link: 2,
  page_id: "p",
  client: { ...PERSON, first_name: "Sam" },
  therapist: PERSON,
  is_chat_only: false,
  is_rehearsal: false,
  is_relay_only: false,
  agreed_at_ms: 1,
  live_at_ms: 2,
  ends_at_ms: null,
  closes_at_ms: null,
  now_ms: 3,
  may_end_alone: false,
  transcript: { client_agreed: true, therapist_agreed: true, client_leg: "recording", therapist_leg: "recording" },
  chat_seq: 0,
  mute_asked: false,
  has_captions: false,
};

const FACTS = {
  place: "joined" as Place,
  room: ROOM,
  link: "connected" as const,
  hasConnected: true,
  hasRelay: false,
  isSocketUp: true,
  refresh: "" as const,
  found: "",
  mending: "" as const,
  otherRepair: "" as const,
  trouble: "",
  isEnding: false,
};

test("a call that may go through a relay alone says so when there is none, and keeps the chat in view", () => {
  const facts = { ...FACTS, link: "connecting" as const, room: { ...ROOM, is_relay_only: true } };
  expect(saying(facts)).toMatchObject({ tone: "warn", text: expect.stringContaining("relay") as string });
  expect(saying(facts).detail).toContain("chat");
  expect(saying({ ...facts, hasRelay: true }).text).not.toContain("relay");
});

test("signals of an older link are dropped, of this one used, of a higher one make a new connection", () => {
  expect(fate(3, 2)).toBe("drop");
  expect(fate(3, 3)).toBe("use");
  expect(fate(3, 4)).toBe("build");
  expect(fate(null, 1)).toBe("build");
});

test("before the yes the client sends nothing and the therapist a picture without sound", () => {
  expect(mayUse("warming", "client", false)).toEqual({ audio: false, video: false });
  expect(mayUse("warming", "therapist", false)).toEqual({ audio: false, video: true });
});

test("a replaced, departed or chat-only page sends nothing", () => {
  for (const place of ["replaced", "away", "left", "ended", "out"] as const) {
    expect(mayUse(place, "therapist", false)).toEqual({ audio: false, video: false });
  }
  expect(mayUse("joined", "client", true)).toEqual({ audio: false, video: false });
  expect(mayUse("agreed", "client", false)).toEqual({ audio: true, video: true });
});

test("the recorder is dialled only while both agreed, the room is open and the seat is ours", () => {
  expect(mayRecord("joined", ROOM)).toBe(true);
  expect(mayRecord("agreed", ROOM)).toBe(false);
  expect(mayRecord("joined", { ...ROOM, phase: "ended" })).toBe(false);
  expect(mayRecord("joined", { ...ROOM, transcript: { ...ROOM.transcript, client_agreed: false } })).toBe(false);
});

test("an older copy of the room changes nothing", () => {
  expect(newer(ROOM, { ...ROOM, version: 4 })).toBe(ROOM);
  const next = { ...ROOM, version: 6 };
  expect(newer(ROOM, next)).toBe(next);
});

test("nothing is laid over the picture while nothing is wrong", () => {
  expect(saying(FACTS)).toEqual({ text: "Connected.", detail: "", tone: "quiet" });
});

test("without the server the call says that talking goes on", () => {
  expect(saying({ ...FACTS, isSocketUp: false }).text).toBe("You can go on talking.");
  expect(saying({ ...FACTS, isSocketUp: false, link: "disconnected" }).text).toBe("Reconnecting…");
});

test("the other person's absence is told apart from the end", () => {
  const away = { ...ROOM, phase: "interrupted" as const, therapist: { ...PERSON, is_present: false } };
  expect(saying({ ...FACTS, room: away, link: "failed" }).text).toBe("Amara is reconnecting…");
  const stepped = { ...ROOM, therapist: { ...PERSON, has_stepped_away: true } };
  const left = { ...away, therapist: { ...PERSON, is_present: false, has_left: true } };
  expect(saying({ ...FACTS, room: left }).text).toMatch(/^Amara left/);
  expect(saying({ ...FACTS, room: stepped }).text).toBe("Amara stepped away. The room stays open.");
});

test("the sign shows what the recorder does, not what was agreed", () => {
  expect(recordingSign(ROOM)?.isOn).toBe(true);
  const opening = { ...ROOM.transcript, client_leg: "opening" as const, therapist_leg: "none" as const };
  expect(recordingSign({ ...ROOM, transcript: opening })).toEqual({ text: "Transcript is starting", isOn: false });
  expect(recordingSign({ ...ROOM, transcript: { ...ROOM.transcript, client_agreed: false } })).toBeNull();
});

test("refresh goes a step further with each press and skips what cannot help", () => {
  expect(nextStep(-1, Infinity, true)).toBe(0);
  expect(nextStep(0, 5_000, true)).toBe(1);
  expect(nextStep(1, 5_000, true)).toBe(2);
  expect(nextStep(3, 5_000, true)).toBe(3);
  expect(nextStep(2, 60_000, true)).toBe(0);
  expect(nextStep(-1, Infinity, false)).toBe(1);
});

test("by itself a lost connection is built anew twice, then tried through a relay, then the chat is offered", () => {
  expect([0, 1, 2, 3, 9].map((failed) => automaticStep(failed, true))).toEqual([
    "rebuilding",
    "rebuilding",
    "relaying",
    "writing",
    "writing",
  ]);
  expect(automaticStep(2, false)).toBe("writing");
});

test("both read what is being done about the connection, and what was found", () => {
  expect(saying({ ...FACTS, refresh: "relaying" }).text).toBe("Refreshing: trying the way through a relay.");
  expect(saying({ ...FACTS, refresh: "done", found: "A new connection stands." }).detail).toBe("A new connection stands.");
  expect(saying({ ...FACTS, otherRepair: "looking" }).text).toBe(
    "Amara is refreshing: checking their camera and microphone.",
  );
  const lost = saying({ ...FACTS, link: "disconnected", mending: "rebuilding" });
  expect(lost).toMatchObject({ text: "Reconnecting…", detail: "Nothing is lost. We are building a new connection." });
  expect(saying({ ...FACTS, link: "failed", mending: "writing" }).detail).toMatch(/chat still works.*116 123/);
});

const LOOK: Counts = {
  ...noCounts(),
  audio: { received: 1_000, lost: 500 },
  samples: 48_000,
  roundTripS: 0.02,
};

test("losses are counted since the last look", () => {
  const audio = (received: number, lost: number) => ({ ...LOOK, audio: { received, lost } });
  expect(quality(LOOK, audio(1_100, 500)).bars).toBe(4);
  expect(quality(LOOK, audio(1_080, 520)).bars).toBe(1);
});

test("the receipt adds what each link counted and counts a new link from nothing", () => {
  const later = { ...LOOK, audio: { received: 1_100, lost: 502 }, freezes: 1, freezeS: 0.5, isRelayed: true };
  const once = added(noFigures(), LOOK, later, 2_000);
  expect(once).toMatchObject({ connected_s: 2, relayed_s: 2, audio_received: 100, audio_lost: 2, freeze_ms: 500 });
  const twice = added(once, null, { ...LOOK, audio: { received: 50, lost: 1 } }, 2_000);
  expect(twice).toMatchObject({ connected_s: 4, relayed_s: 2, audio_received: 150, audio_lost: 3, freezes: 1 });
});

test("the meter is as low as the worse of the two directions", () => {
  expect(quality(LOOK, { ...LOOK, audio: { received: 1_100, lost: 500 }, lostThere: 0.07 }).bars).toBe(2);
});

test("a voice that arrives is heard well, with gaps, or not at all", () => {
  const later = { ...LOOK, audio: { received: 1_100, lost: 500 }, samples: 144_000 };
  expect(hearing(LOOK, later)).toBe("well");
  expect(hearing(LOOK, { ...later, concealed: 20_000 })).toBe("gaps");
  expect(hearing(LOOK, LOOK)).toBe("nothing");
});

function climbed(ladder: Ladder, looks: number, lostThere: number, canSend: number | null, isLowData = false): Ladder {
  let now = ladder;
  for (let at = 0; at < looks; at += 1) now = climb(now, { lostThere, canSend }, isLowData);
  return now;
}

test("the picture steps down and pauses before the voice suffers, and comes back slowly", () => {
  expect(climbed(TOP, 1, 0.2, null).level).toBe("full");
  expect(climbed(TOP, 2, 0.2, null).level).toBe("half");
  const paused = climbed(TOP, 6, 0.2, null);
  expect(paused.level).toBe("paused");
  expect(climbed(TOP, 6, 0, 60_000).level).toBe("paused");
  // While nothing of the picture flows the browser's estimate says nothing about what could.
  expect(climbed(paused, 4, 0, 60_000).level).toBe("paused");
  expect(climbed(paused, 5, 0, 60_000).level).toBe("small");
  expect(climbed(paused, 15, 0, 900_000).level).toBe("full");
});

test("with less data asked for, the picture is never more than small", () => {
  expect(climbed(TOP, 1, 0, 5_000_000, true).level).toBe("small");
  expect(climbed(TOP, 30, 0, 5_000_000, true).level).toBe("small");
  expect(climbed(TOP, 2, 0.2, null, true).level).toBe("paused");
});

test("relay servers are recognised by their scheme", () => {
  expect(hasRelay([{ urls: ["stun:one.example"], username: "", credential: "" }])).toBe(false);
  expect(hasRelay([{ urls: ["turns:one.example"], username: "u", credential: "c" }])).toBe(true);
});

test("silence is nothing on the meter and full scale is all of it", () => {
  expect(loudness(new Float32Array(128))).toBe(0);
  expect(loudness(new Float32Array(128).fill(1))).toBe(1);
});

test("a timer counts minutes, then hours", () => {
  expect(asTimer(767_000)).toBe("12:47");
  expect(asTimer(3_723_000)).toBe("1:02:03");
});

test("the end of the time is said five minutes before, and again five minutes before the room closes", () => {
  const minute = 60_000;
  const room: RoomView = { ...ROOM, live_at_ms: 0, ends_at_ms: 60 * minute, closes_at_ms: 75 * minute };
  const said = (minutes: number) => timeLeft(room, minutes * minute, (atMs) => `${atMs / minute}`);
  expect(said(54.9)).toBe("");
  expect(said(55)).toBe("The time of this session is over at 60. You can go on until 75.");
  expect(said(59.9)).toBe(said(55));
  expect(said(60)).toBe("");
  expect(said(70)).toBe("This session ends by itself at 75.");
  expect(timeLeft(ROOM, 1e12, String)).toBe("");
});

test("a session that is being ended says so before anything else that is wrong, and nothing is sent", () => {
  const said = saying({ ...FACTS, isEnding: true, isSocketUp: false, link: "failed" });
  expect(said.text).toBe("Ending the session…");
  expect(mayUse("joined", "therapist", true)).toEqual({ audio: false, video: false });
});
