import { expect, test } from "vitest";

import type { PersonInRoom, RoomView } from "../protocol.gen";
import { asTimer } from "./clock";
import { fate, hasRelay } from "./link";
import { loudness } from "./meter";
import { quality } from "./quality";
import { nextStep } from "./refresh_step";
import { mayRecord, mayUse, newer, type Place } from "./sending";
import { recordingSign, saying } from "./sentences";

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
  agreed_at_ms: 1,
  live_at_ms: 2,
  ends_at_ms: null,
  now_ms: 3,
  may_end_alone: false,
  transcript: { client_agreed: true, therapist_agreed: true, client_leg: "recording", therapist_leg: "recording" },
  chat_seq: 0,
  mute_asked: false,
};

const FACTS = {
  place: "joined" as Place,
  room: ROOM,
  link: "connected" as const,
  hasConnected: true,
  isSocketUp: true,
  refresh: "" as const,
  trouble: "",
};

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
  expect(nextStep(2, 5_000, true)).toBe(2);
  expect(nextStep(2, 60_000, true)).toBe(0);
  expect(nextStep(-1, Infinity, false)).toBe(1);
});

test("losses are counted since the last look", () => {
  const counts = { received: 1_000, lost: 500, roundTripS: 0.02, isRelayed: false };
  expect(quality(counts, { ...counts, received: 1_100 }).bars).toBe(4);
  expect(quality(counts, { ...counts, received: 1_080, lost: 520 }).bars).toBe(1);
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
