/**
 * Owns the camera and the microphone from the wait to the end of the call.
 * Knows nothing of rooms and connections: those read the two track signals and send what they may.
 * Easy to break: muting is `enabled = false` on the one microphone track, which the call and the recorder share;
 * never stop it and never replace it by null, or the recorder's clock slips.
 */
import { signal } from "@preact/signals";

import { meter } from "./meter";

export type MediaTrouble = { kind: "denied" | "none" | "busy" | "insecure"; sentence: string };
type Kind = "audio" | "video";

const TOGETHER_MS = 3_000;

const SENTENCES: Record<MediaTrouble["kind"], Record<Kind, string>> = {
  denied: {
    audio: "Your browser is blocking the microphone. Allow it beside the address, or go on in the chat.",
    video: "Your browser is blocking the camera. You can also go on without it.",
  },
  none: {
    audio: "We found no microphone. You can go on in the chat.",
    video: "We found no camera. You can go on without it.",
  },
  busy: {
    audio: "Another program is using the microphone. Close it and press Refresh, or go on in the chat.",
    video: "Another program is using the camera. Close it and turn the camera on again, or go on without it.",
  },
  insecure: {
    audio: "The microphone works only at an address that begins with https. You can go on in the chat.",
    video: "The camera works only at an address that begins with https. You can go on without it.",
  },
};

const CONSTRAINTS = {
  audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
  video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 }, facingMode: "user" },
} satisfies Record<Kind, MediaTrackConstraints>;

const microphone = signal<MediaStreamTrack | null>(null);
const camera = signal<MediaStreamTrack | null>(null);
/** What the own picture shows: both live tracks; a new object whenever one changes. */
const stream = signal<MediaStream | null>(null);
const error = signal<MediaTrouble | null>(null);
/** The microphone is there and not muted. */
const isMicOpen = signal(false);
const isCameraOpen = signal(false);
const isOpening = signal(false);
/** The cameras and microphones of this machine, with names; empty before the browser has let us use one. */
const devices = signal<MediaDeviceInfo[]>([]);
/** The device the person has chosen of each kind; the browser's own choice until then. */
const chosen = signal<Partial<Record<Kind, string>>>({});

/** What happened to a device by itself, in a sentence; in two when a headset takes its microphone and its speaker. */
const note = signal("");
let notedAt = -Infinity;
/** The machine holds a track back, as a phone does during a phone call. */
const isHeldBack = signal(false);
/** How often a device went away or could not be opened. */
let faults = 0;

let isMuted = false;
let wants = { audio: false, video: false };
let opening: Promise<void> = Promise.resolve();

function troubleOf(failure: unknown, kind: Kind): MediaTrouble {
  const name = failure instanceof DOMException ? failure.name : "";
  const found =
    name === "NotAllowedError" || name === "SecurityError"
      ? "denied"
      : name === "NotFoundError" || name === "OverconstrainedError"
        ? "none"
        : "busy";
  return { kind: found, sentence: SENTENCES[found][kind] };
}

function noteHeldBack(): void {
  isHeldBack.value = [microphone, camera].some((kept) => kept.value?.muted === true);
}

/** A device that is unplugged ends its track; the next one, if any, is opened in its place, and that is said. */
async function replaceLost(lost: MediaStreamTrack): Promise<void> {
  const kept = lost.kind === "audio" ? microphone : camera;
  if (kept.value !== lost) return;
  kept.value = null;
  faults += 1;
  publish();
  await open(wants);
  const found = kept.peek();
  const what = lost.kind === "audio" ? "microphone" : "camera";
  if (found) say(`The ${what} you used is gone. ${found.label || "Another one"} is used now.`);
}

/** What happens together is said together. */
function say(sentence: string): void {
  const isSameMoment = performance.now() - notedAt < TOGETHER_MS;
  notedAt = performance.now();
  note.value = isSameMoment && note.peek() ? `${note.peek()} ${sentence}` : sentence;
}

function publish(): void {
  const tracks = [microphone.value, camera.value].filter((track) => track !== null);
  const shown = stream.value?.getTracks() ?? [];
  if (tracks.length !== shown.length || tracks.some((track) => !shown.includes(track))) {
    stream.value = tracks.length > 0 ? new MediaStream(tracks) : null;
  }
  noteHeldBack();
  isMicOpen.value = microphone.value !== null && !isMuted;
  isCameraOpen.value = camera.value !== null;
  meter.listenTo(microphone.value);
  if (tracks.length > 0) void listDevices();
}

function take(track: MediaStreamTrack): void {
  const kept = track.kind === "audio" ? microphone : camera;
  const before = kept.value;
  if (track.kind === "audio") track.enabled = !isMuted;
  else track.contentHint = "motion";
  kept.value = track;
  // Only now: whoever sends has the new track already.
  before?.stop();
  track.addEventListener("ended", () => void replaceLost(track));
  track.addEventListener("mute", noteHeldBack);
  track.addEventListener("unmute", noteHeldBack);
}

function wished(kinds: Kind[]): MediaStreamConstraints {
  const constraints: MediaStreamConstraints = {};
  for (const kind of kinds) {
    const deviceId = chosen.peek()[kind];
    constraints[kind] = { ...CONSTRAINTS[kind], ...(deviceId ? { deviceId: { exact: deviceId } } : {}) };
  }
  return constraints;
}

async function capture(kinds: Kind[]): Promise<void> {
  const captured = await navigator.mediaDevices.getUserMedia(wished(kinds)).catch((failure: unknown) => {
    const isChosen = kinds.some((kind) => chosen.peek()[kind]);
    if (!isChosen || !(failure instanceof OverconstrainedError)) throw failure;
    // A chosen device that has been unplugged: the browser's own choice takes its place.
    chosen.value = {};
    return navigator.mediaDevices.getUserMedia(wished(kinds));
  });
  for (const track of captured.getTracks()) {
    if (wants[track.kind as Kind]) take(track);
    else track.stop();
  }
}

async function openMissing(): Promise<void> {
  const missing: Kind[] = [];
  if (wants.audio && !microphone.value) missing.push("audio");
  if (wants.video && !camera.value) missing.push("video");
  if (missing.length === 0) return;
  if (!navigator.mediaDevices) {
    error.value = { kind: "insecure", sentence: SENTENCES.insecure[missing[0] ?? "audio"] };
    return;
  }
  error.value = null;
  isOpening.value = true;
  try {
    await capture(missing);
  } catch (failure) {
    faults += 1;
    error.value = troubleOf(failure, missing.length === 2 ? "video" : (missing[0] ?? "audio"));
    if (missing.length === 2) await openEachAlone();
  } finally {
    isOpening.value = false;
  }
  publish();
}

/** One missing device fails the common question, so each is asked for alone: sound first, it matters more. */
async function openEachAlone(): Promise<void> {
  const troubles: MediaTrouble[] = [];
  for (const kind of ["audio", "video"] as const) {
    try {
      await capture([kind]);
    } catch (failure) {
      troubles.push(troubleOf(failure, kind));
    }
  }
  error.value = troubles[0] ?? null;
}

async function listDevices(): Promise<void> {
  const found = await navigator.mediaDevices.enumerateDevices();
  devices.value = found.filter((one) => one.deviceId !== "" && one.label !== "");
}

/** Use this camera or microphone from now on. When it cannot be opened the one before goes on. */
async function choose(kind: Kind, deviceId: string): Promise<void> {
  const before = chosen.peek();
  chosen.value = { ...before, [kind]: deviceId };
  wants = { ...wants, [kind]: true };
  error.value = null;
  try {
    await capture([kind]);
  } catch (failure) {
    chosen.value = before;
    error.value = troubleOf(failure, kind);
  }
  publish();
}

/** Open what is asked and not open yet. Never rejects: what could not be opened stands in `error`. */
function open(kinds: { video: boolean; audio: boolean }): Promise<void> {
  wants = { audio: wants.audio || kinds.audio, video: wants.video || kinds.video };
  opening = opening.then(openMissing);
  return opening;
}

/** Off stops the track, so that the camera's light goes out; on captures anew. */
function setCamera(isOn: boolean): Promise<void> {
  if (isOn) return open({ video: true, audio: false });
  wants.video = false;
  camera.value?.stop();
  camera.value = null;
  publish();
  return Promise.resolve();
}

function setMuted(muted: boolean): void {
  isMuted = muted;
  if (microphone.value) microphone.value.enabled = !muted;
  publish();
}

/** Look whether the tracks still live and are not held back by the machine; names those that had to be opened again. */
async function recheck(): Promise<string[]> {
  const stopped: string[] = [];
  const kinds = [
    { kept: microphone, name: "microphone" },
    { kept: camera, name: "camera" },
  ];
  for (const { kept, name } of kinds) {
    const track = kept.value;
    if (!track || (track.readyState === "live" && !track.muted)) continue;
    track.stop();
    kept.value = null;
    stopped.push(name);
  }
  publish();
  await open(wants);
  return stopped.filter((name) => kinds.some((one) => one.name === name && one.kept.value !== null));
}

function close(): void {
  wants = { audio: false, video: false };
  for (const kept of [microphone, camera]) {
    kept.value?.stop();
    kept.value = null;
  }
  isMuted = false;
  error.value = null;
  note.value = "";
  publish();
}

if (navigator.mediaDevices) {
  navigator.mediaDevices.addEventListener("devicechange", () => {
    if (stream.peek()) void listDevices();
  });
}

export const media = {
  stream,
  microphone,
  camera,
  level: meter.level,
  error,
  isMicOpen,
  isCameraOpen,
  isOpening,
  devices,
  chosen,
  choose,
  note,
  say,
  isHeldBack,
  get faults() {
    return faults;
  },
  get isMuted() {
    return isMuted;
  },
  open,
  setCamera,
  setMuted,
  recheck,
  close,
};
