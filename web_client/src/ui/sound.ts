/**
 * The sound for a new request: two soft notes, made here, no file. Whether it is on is remembered in this browser.
 * Easy to break: a browser plays nothing before the person has pressed something on the page; until then the sound
 * stays unheard, and `isSoundBlocked` says so.
 */
import { signal } from "@preact/signals";

const KEPT = "sound for new requests";
const NOTES_HZ = [523.25, 659.25];
const NOTE_S = 0.9;
const APART_S = 0.18;
const LOUDNESS = 0.16;
/** Not the pointer going down: what is under it must not change before it is up again. */
const PRESSES = ["click", "keydown"];

export const isSoundOn = signal(localStorage.getItem(KEPT) !== "off");
/** True until the person has pressed something on this page. */
export const isSoundBlocked = signal(!mayPlay());

let context: AudioContext | null = null;

function mayPlay(): boolean {
  // A browser that cannot say is left to refuse by itself.
  return (navigator as { userActivation?: UserActivation }).userActivation?.hasBeenActive ?? true;
}

function notePress(): void {
  if (!mayPlay()) return;
  isSoundBlocked.value = false;
  for (const press of PRESSES) window.removeEventListener(press, notePress, { capture: true });
}

if (isSoundBlocked.peek()) {
  for (const press of PRESSES) window.addEventListener(press, notePress, { capture: true });
}

export function turnSound(isOn: boolean): void {
  isSoundOn.value = isOn;
  localStorage.setItem(KEPT, isOn ? "on" : "off");
  if (isOn) chime();
}

/** The two notes, unless the sound for new requests is off in this browser. */
export function chime(): void {
  // Before the first press the notes would pile up and sound all at once later.
  if (isSoundOn.peek() && mayPlay()) playNotes();
}

/** Two notes, one above the other, whatever was chosen: somebody asks whether they can hear. In a click. */
export function playNotes(): void {
  context ??= new AudioContext();
  if (context.state === "running") play(context);
  else context.resume().then(() => context && play(context), () => undefined);
}

function play(player: AudioContext): void {
  NOTES_HZ.forEach((pitch, place) => {
    const from = player.currentTime + place * APART_S;
    const tone = new OscillatorNode(player, { frequency: pitch });
    const loudness = new GainNode(player, { gain: 0 });
    loudness.gain.setValueAtTime(0, from);
    loudness.gain.linearRampToValueAtTime(LOUDNESS, from + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, from + NOTE_S);
    tone.connect(loudness).connect(player.destination);
    tone.start(from);
    tone.stop(from + NOTE_S);
  });
}
