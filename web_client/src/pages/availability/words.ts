/** Rules, clashes and clock changes in words. Pure. */
import { longDay, shortDay, weekday } from "../../days";
import type { ClockChangeView, RulePreview, RuleView, WeekView } from "../../protocol.gen";

const WEEKDAYS: Record<string, string> = {
  Mon: "Mondays", Tue: "Tuesdays", Wed: "Wednesdays", Thu: "Thursdays", Fri: "Fridays", Sat: "Saturdays", Sun: "Sundays",
};

/** "Tuesdays at 09:00, until 23 February 2027". */
export function ruleWords(rule: RuleView): string {
  const until = rule.until ? `, until ${shortDay(rule.until)}` : "";
  switch (rule.repeat) {
    case "once":
      return `${longDay(rule.day)} at ${rule.at}`;
    case "daily":
      return `Every day at ${rule.at}${until}`;
    case "weekly":
      return `${WEEKDAYS[weekday(rule.day)]} at ${rule.at}${until}`;
    case "monthly":
      return `On day ${Number(rule.day.slice(8))} of the month at ${rule.at}${until}`;
    default:
      return rule.repeat satisfies never;
  }
}

/** "Wednesday 25 November 15:00 is in two rules." for each clash, once. */
export function clashWords(view: WeekView): string[] {
  return view.hours
    .filter((hour) => hour.is_clash)
    .map((hour) =>
      hour.rules.length > 1
        ? `${longDay(hour.day)}, ${hour.at} is in ${hour.rules.length === 2 ? "two" : hour.rules.length} rules.`
        : `${longDay(hour.day)}, ${hour.at} overlaps another open hour.`,
    );
}

export function clockWords(change: ClockChangeView): string {
  const way = change.minutes > 0 ? "forward" : "back";
  return `The clocks go ${way} on ${longDay(change.day)}.`;
}

function count(hours: number): string {
  return hours === 1 ? "1 slot" : `${hours} slots`;
}

/** What adding would come to, before the click. */
export function previewWords(preview: RulePreview): string {
  const sentences = [`Adds ${count(preview.adds - preview.already)} in what can be booked from here.`];
  if (preview.already === 1) sentences.push("One more falls on an hour you already have; clients see it once.");
  if (preview.already > 1) sentences.push(`${preview.already} more fall on hours you already have; clients see them once.`);
  if (preview.missing > 0) sentences.push(`${count(preview.missing)} left out, because the clocks skip that hour.`);
  return sentences.join(" ");
}
