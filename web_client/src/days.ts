/** Days as ISO text and times on the wall, in words. Pure; a day has no zone, so it never slips to its neighbour. */

const DAY_MS = 86_400_000;
const NAMES = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

function utc(day: string): number {
  return Date.parse(`${day}T00:00:00Z`);
}

/** "2026-11-23" and 7 is "2026-11-30". */
export function addDays(day: string, count: number): string {
  return new Date(utc(day) + count * DAY_MS).toISOString().slice(0, 10);
}

export function mondayOf(day: string): string {
  return addDays(day, -((new Date(utc(day)).getUTCDay() + 6) % 7));
}

/** The day it is in a zone; without one, here. */
export function dayIn(atMs: number, zone?: string): string {
  const parts = new Intl.DateTimeFormat("en-CA", {
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    ...(zone ? { timeZone: zone } : {}),
  }).formatToParts(atMs);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? "";
  return `${part("year")}-${part("month")}-${part("day")}`;
}

/** "09:05" on the wall of a zone. */
export function timeIn(atMs: number, zone: string): string {
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone }).format(atMs);
}

/** "Mon" of a day. */
export function weekday(day: string): string {
  return NAMES[(new Date(utc(day)).getUTCDay() + 6) % 7] ?? "";
}

/** "23" of "2026-11-23". */
export function dayOfMonth(day: string): string {
  return String(Number(day.slice(8)));
}

/** "Tuesday 24 November"; with the year when it is not this one. */
export function longDay(day: string, thisYear = new Date().getFullYear()): string {
  const options: Intl.DateTimeFormatOptions = { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" };
  if (Number(day.slice(0, 4)) !== thisYear) options.year = "numeric";
  return new Intl.DateTimeFormat("en-GB", options).format(utc(day)).replace(",", "");
}

/** "31 December": a last day. */
export function shortDay(day: string, thisYear = new Date().getFullYear()): string {
  return longDay(day, thisYear).replace(/^\S+ /, "");
}

/** "23 to 29 November", "30 November to 6 December". */
export function weekRange(monday: string, thisYear = new Date().getFullYear()): string {
  const sunday = addDays(monday, 6);
  const last = shortDay(sunday, thisYear);
  return monday.slice(0, 7) === sunday.slice(0, 7) ? `${dayOfMonth(monday)} to ${last}` : `${shortDay(monday, thisYear)} to ${last}`;
}

/** "Europe/London" is "UK time", "Europe/Paris" is "Paris time". */
export function zoneWords(zone: string): string {
  return zone === "Europe/London" ? "UK time" : `${(zone.split("/").at(-1) ?? zone).replaceAll("_", " ")} time`;
}

/** The viewer's own zone. */
export const ownZone: string = Intl.DateTimeFormat().resolvedOptions().timeZone || "Europe/London";

/** The instant a day begins, here. */
export function midnight(day: string): number {
  return new Date(`${day}T00:00`).getTime();
}

/** "Thursday 26 November" of an instant, here. */
export function dayWords(atMs: number): string {
  return longDay(dayIn(atMs));
}
