import { expect, test } from "vitest";

import { clockWords, previewWords, ruleWords } from "./words";

const RULE = { id: "r", day: "2026-11-24", at: "09:00", repeat: "weekly", until: "2027-02-23" } as const;

test("a rule says its day, its time and its end", () => {
  expect(ruleWords(RULE)).toBe("Tuesdays at 09:00, until 23 February 2027");
  expect(ruleWords({ ...RULE, repeat: "daily", until: null })).toBe("Every day at 09:00");
  expect(ruleWords({ ...RULE, repeat: "monthly", until: null })).toBe("On day 24 of the month at 09:00");
});

test("what adding comes to says what is double and what is left out", () => {
  expect(previewWords({ adds: 14, already: 1, missing: 0 })).toBe(
    "Adds 13 slots in what can be booked from here. One more falls on an hour you already have; clients see it once.",
  );
  expect(previewWords({ adds: 1, already: 0, missing: 1 })).toContain("1 slot left out");
});

test("a clock change says which way", () => {
  expect(clockWords({ day: "2027-03-28", minutes: 60 })).toMatch(/^The clocks go forward on Sunday 28 March/);
  expect(clockWords({ day: "2026-10-25", minutes: -60 })).toContain("back");
});
