import { expect, test } from "vitest";

import type { RequestView } from "../../protocol.gen";
import { cameBack, estimate, over, placeOf } from "./sentences";

const request = (words: Partial<RequestView>): RequestView =>
  ({ reason: "", taken_out: "", place_kept_until_ms: null, placed_at_ms: 0, now_ms: 0, ...words }) as RequestView;
const waited = (now_ms: number, low: number | null, high: number | null) =>
  estimate({ placed_at_ms: 0, now_ms, wait_low_s: low, wait_high_s: high }, 3);

test("the wait is a range, or we cannot say", () => {
  expect(waited(0, 120, 300)).toBe("Usually 2 to 5 minutes.");
  expect(waited(0, null, null)).toBe("We cannot say how long it takes.");
});

test("a wait beyond the range is called longer than usual", () => {
  expect(waited(301_000, 120, 300)).toContain("longer than usual");
});

test("nobody on duty is said before any range", () => {
  expect(estimate({ placed_at_ms: 0, now_ms: 0, wait_low_s: 60, wait_high_s: 120 }, 0)).toContain("Nobody is on duty");
});

test("whoever has nobody before them is next", () => {
  expect([1, 2, 14].map(placeOf)).toEqual(["next", "second in line", "14th in line"]);
});

test("every way back into the line says that the place is kept", () => {
  for (const reason of ["withdrawn", "therapist_missing", "silent", "declined"]) {
    expect(cameBack(request({ reason }))).toMatch(/keep your place/i);
  }
  expect(cameBack(request({ reason: "" }))).toBe("");
});

test("every end says that nothing was taken, and each its own reason", () => {
  const ends = ["nobody", "silent", "absent", "client_missing"].map((reason) => over(request({ reason })));
  for (const end of ends) expect(end.text).toContain("Nothing was taken");
  expect(new Set(ends.map((end) => end.title)).size).toBe(ends.length);
});

test("whom our team took out in an emergency is told to call 999", () => {
  expect(over(request({ reason: "operator", taken_out: "emergency" })).text).toContain("call 999");
  expect(over(request({ reason: "operator", taken_out: "other" })).text).toContain("Nothing was taken");
});

test("a callback says until when the place is kept", () => {
  const at = Date.UTC(2026, 10, 22, 18, 5);
  expect(over(request({ reason: "callback", place_kept_until_ms: at })).text).toMatch(/kept until \d+\.05 [ap]m/);
});
