import { expect, test } from "vitest";

import { bodyOf, EVERYTHING, foundWords, narrowed } from "./choice";

const NOW = new Date(2026, 10, 22, 18, 0).getTime();

test("choosing nothing asks for everything", () => {
  expect(bodyOf(EVERYTHING, NOW)).toEqual({
    client_id: null,
    from_ms: null,
    to_ms: null,
    transcript: null,
    is_unwritten: false,
    after: "",
  });
  expect(narrowed(EVERYTHING)).toBe(0);
});

test("both days of a period belong to it, in the viewer's own zone", () => {
  const body = bodyOf({ ...EVERYTHING, period: "between", firstDay: "2026-11-02", lastDay: "2026-11-02" }, NOW);
  expect(new Date(body.from_ms!).toString()).toContain("Nov 02 2026 00:00:00");
  expect(new Date(body.to_ms!).toString()).toContain("Nov 03 2026 00:00:00");
});

test("an open end and half a date choose nothing away", () => {
  const body = bodyOf({ ...EVERYTHING, period: "between", firstDay: "", lastDay: "2026" }, NOW);
  expect([body.from_ms, body.to_ms]).toEqual([null, null]);
});

test("days of another period are not heeded", () => {
  const body = bodyOf({ ...EVERYTHING, period: "week", firstDay: "2020-01-01" }, NOW);
  expect(NOW - body.from_ms!).toBe(7 * 86_400_000);
});

test("a search says what it did not look through", () => {
  expect(foundWords(3, 2, 5, 5, false)).toBe("3 places in 2 sessions.");
  expect(foundWords(1, 1, 300, 412, false)).toBe("1 place in 1 session. Looked through your newest 300 of 412 sessions.");
  expect(foundWords(0, 0, 5, 5, false)).toBe("Nothing found.");
  expect(foundWords(100, 9, 20, 20, true)).toBe("The first 100 places in 9 sessions.");
});
