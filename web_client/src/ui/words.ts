/** Times, places and money in words, as people write them. Pure. */
import { ownZone, zoneWords } from "../days";

/** 3500 is "£35.00", −3500 is "−£35.00". */
export function money(pence: number): string {
  const sign = pence < 0 ? "−" : "";
  const whole = Math.floor(Math.abs(pence) / 100);
  return `${sign}£${whole.toLocaleString("en-GB")}.${String(Math.abs(pence) % 100).padStart(2, "0")}`;
}

const ORDINALS = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

/** 2 is "second", 14 is "14th". */
export function ordinal(place: number): string {
  const word = ORDINALS[place - 1];
  if (word) return word;
  const tens = place % 100;
  const suffix = tens >= 11 && tens <= 13 ? "th" : (["th", "st", "nd", "rd"][place % 10] ?? "th");
  return `${place}${suffix}`;
}

/** 112 is "1:52". */
export function clock(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/** 3000 is "50 minutes", 40 is "40 seconds". */
export function duration(seconds: number): string {
  if (seconds < 60) return seconds === 1 ? "1 second" : `${Math.max(0, Math.round(seconds))} seconds`;
  const minutes = Math.round(seconds / 60);
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}

/** How long it usually takes, from two bounds in seconds: "under 2 minutes", "2 to 4 minutes". */
export function waitRange(lowS: number, highS: number): string {
  const low = Math.floor(lowS / 60);
  const high = Math.max(1, Math.ceil(highS / 60));
  if (low < 1) return high === 1 ? "under a minute" : `under ${high} minutes`;
  return low === high ? `about ${duration(high * 60)}` : `${low} to ${high} minutes`;
}

/** The viewer's own zone by name: "UK time". */
export const zoneName: string = zoneWords(ownZone);

/** "Sunday 22 November, 18:05"; "6.05 pm" for a client. */
export function dateTime(atMs: number, isClient = false): string {
  const day = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
  return `${day.format(atMs).replace(",", "")}, ${timeFor(atMs, isClient)}`;
}

/** "Friday 4 December", of "2026-12-04": a day that is the same day everywhere. */
export function dayOf(iso: string): string {
  const day = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
  return day.format(new Date(`${iso}T12:00Z`)).replace(",", "");
}

/** "today, 18:05", "tomorrow, 02:57", else with the weekday. */
export function soon(atMs: number, nowMs: number = Date.now()): string {
  const days = Math.round((new Date(atMs).setHours(12, 0, 0, 0) - new Date(nowMs).setHours(12, 0, 0, 0)) / 86_400_000);
  if (days === 0) return `today, ${clockTime(atMs)}`;
  return days === 1 ? `tomorrow, ${clockTime(atMs)}` : dateTime(atMs);
}

/** "35", "35.5", "£35.00" in pence; null for what is no amount of money. */
export function pence(text: string): number | null {
  const found = /^£?\s*(\d{1,6})(?:\.(\d{1,2}))?$/.exec(text.trim().replace(/,/g, ""));
  return found ? Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0")) : null;
}

/** "2026-11-22" is "22 November 2026". */
export function day(iso: string): string {
  const at = new Date(`${iso}T12:00`);
  if (Number.isNaN(at.getTime())) return "–";
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric" }).format(at);
}

/** "6.05 pm", "6 pm": as clients read it. */
export function clientTime(atMs: number): string {
  const parts = new Intl.DateTimeFormat("en-GB", { hour: "numeric", minute: "2-digit", hourCycle: "h12" }).formatToParts(atMs);
  const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? "";
  const minutes = part("minute") === "00" ? "" : `.${part("minute")}`;
  return `${part("hour")}${minutes} ${part("dayPeriod").toLowerCase()}`;
}

/** "6.05 pm" for a client, "18:05" at a desk. */
export function timeFor(atMs: number, isClient: boolean): string {
  return isClient ? clientTime(atMs) : clockTime(atMs);
}

/** "18:05": as therapists read it. */
export function clockTime(atMs: number): string {
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" }).format(atMs);
}

/** "18:05:09", where seconds matter. */
export function seconds(atMs: number): string {
  return new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" }).format(atMs);
}

const LANGUAGES = new Intl.DisplayNames("en-GB", { type: "language" });

/** "en" is "English". */
export function language(code: string): string {
  return LANGUAGES.of(code) ?? code;
}

const AREAS: Record<string, string> = {
  mind: "Mind",
  body: "Body",
  relationship: "Relationships",
  growth: "Personal growth",
  addiction: "Addiction",
  work: "Work",
};

export function areaName(area: string): string {
  return AREAS[area] ?? area;
}

/** 2400000 is "2.4 MB". */
export function size(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1_000))} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** Why a session ended that nobody ended; empty when somebody did, or it goes on. */
export function endedByItself(reason: string): string {
  if (reason === "length") return "Its time was over, so it ended by itself.";
  if (reason === "empty") return "It ended by itself, because nobody had been in the room for a while.";
  return reason === "client" ? "It ended by itself, because the client had left and nobody was there any more." : "";
}
