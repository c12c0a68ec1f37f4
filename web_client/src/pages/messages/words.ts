/** Times of messages and sizes of files, as people write them. Pure. */
import { timeFor } from "../../ui/words";

const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
const SHORT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const WEEKDAY = new Intl.DateTimeFormat("en-GB", { weekday: "short" });
const WEEK_MS = 6 * 86_400_000;

/** "6.05 pm" for a client, "18:05" at a desk. */
export function at(atMs: number, isClient: boolean): string {
  return timeFor(atMs, isClient);
}

/** "Saturday 21 November". */
export function day(atMs: number): string {
  return DAY.format(atMs).replace(",", "");
}

/** Today the time, this week the day, else the date. */
export function when(atMs: number, isClient: boolean, nowMs = Date.now()): string {
  if (day(atMs) === day(nowMs) && nowMs - atMs < WEEK_MS) return at(atMs, isClient);
  return nowMs - atMs < WEEK_MS ? WEEKDAY.format(atMs) : SHORT.format(atMs);
}

/** 217088 is "212 kB". */
export function size(bytes: number): string {
  if (bytes < 1_024) return `${bytes} bytes`;
  return bytes < 1_048_576 ? `${Math.round(bytes / 1_024)} kB` : `${(bytes / 1_048_576).toFixed(1)} MB`;
}
