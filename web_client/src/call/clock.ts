/**
 * The server's time, as its views last said it, and a tick for what counts seconds on the page.
 * Easy to break: never compare an instant of the server with this machine's own clock; it may be minutes off.
 */
import { signal } from "@preact/signals";

let ahead = 0;

export function noteServerTime(nowMs: number): void {
  ahead = nowMs - Date.now();
}

let timer = 0;

/** Server time now, in milliseconds; moves once a second, and only while something shows it. */
export const secondsTick = signal(0, {
  watched() {
    secondsTick.value = serverNow();
    timer = window.setInterval(() => (secondsTick.value = serverNow()), 1_000);
  },
  unwatched() {
    window.clearInterval(timer);
  },
});

export function serverNow(): number {
  return Date.now() + ahead;
}

/** 767000 is "12:47"; an hour and more is "1:02:03". */
export function asTimer(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const pair = (count: number): string => String(count).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${pair(minutes)}:${pair(seconds % 60)}`;
  return `${Math.floor(minutes / 60)}:${pair(minutes % 60)}:${pair(seconds % 60)}`;
}
