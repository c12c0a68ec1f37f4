import { expect, test } from "vitest";

import { addDays, dayIn, longDay, mondayOf, shortDay, weekday, weekRange, zoneWords } from "./days";

test("days are counted over months, years and clock changes", () => {
  expect(addDays("2026-11-30", 1)).toBe("2026-12-01");
  expect(addDays("2027-01-01", -1)).toBe("2026-12-31");
  expect(addDays("2026-03-28", 2)).toBe("2026-03-30");
  expect([mondayOf("2026-11-22"), mondayOf("2026-11-23"), mondayOf("2026-11-29")]).toEqual([
    "2026-11-16", "2026-11-23", "2026-11-23",
  ]);
});

test("the day depends on the zone", () => {
  const atMs = Date.UTC(2026, 6, 1, 23, 30);
  expect([dayIn(atMs, "Europe/London"), dayIn(atMs, "America/New_York")]).toEqual(["2026-07-02", "2026-07-01"]);
});

test("days and weeks are said as people write them", () => {
  expect(longDay("2026-11-24", 2026)).toBe("Tuesday 24 November");
  expect(shortDay("2027-02-23", 2026)).toBe("23 February 2027");
  expect(weekday("2026-11-29")).toBe("Sun");
  expect(weekRange("2026-11-23", 2026)).toBe("23 to 29 November");
  expect(weekRange("2026-11-30", 2026)).toBe("30 November to 6 December");
});

test("a zone is said by its place", () => {
  expect([zoneWords("Europe/London"), zoneWords("America/New_York")]).toEqual(["UK time", "New York time"]);
});
