/**
 * The microphone's level, 0 to 1, about fifteen times a second, and only while a page shows it.
 * Knows nothing of who listens. Easy to break: an AudioContext left running keeps a phone's processor awake.
 */
import { signal } from "@preact/signals";

const TICK_MS = 66;
const QUIET_DB = -60;

let track: MediaStreamTrack | null = null;
let isWatched = false;
let stop: (() => void) | null = null;

const level = signal(0, {
  watched() {
    isWatched = true;
    start();
  },
  unwatched() {
    isWatched = false;
    halt();
  },
});

/** Loudness of samples on a scale people read as loudness: decibels from -60 to 0. */
export function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  const decibels = 10 * Math.log10(sum / Math.max(1, samples.length) + 1e-12);
  return Math.min(1, Math.max(0, 1 - decibels / QUIET_DB));
}

function halt(): void {
  stop?.();
  stop = null;
}

function start(): void {
  halt();
  if (!isWatched || !track) return;
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 1024;
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const timer = window.setInterval(() => {
    if (context.state === "suspended") void context.resume();
    analyser.getFloatTimeDomainData(samples);
    level.value = loudness(samples);
  }, TICK_MS);
  stop = () => {
    window.clearInterval(timer);
    void context.close();
    level.value = 0;
  };
}

export const meter = {
  level,
  listenTo(next: MediaStreamTrack | null): void {
    if (next === track) return;
    track = next;
    start();
  },
};
