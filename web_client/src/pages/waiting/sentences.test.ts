import { expect, test } from "vitest";

import type { RequestView } from "../../protocol.gen";
import { cameBack, estimate, over, placeOf } from "./sentences";

const request = (words: Partial<RequestView>): RequestView =>
  ({ reason: "", ...words }) as RequestView;
const waited = (waitedS: number, low: number | null, high: number | null) =>
  estimate(waitedS, { on_duty: 3, wait_low_s: low, wait_high_s: high });

test("the wait is a range, or we cannot say", () => {
  expect(waited(0, 120, 300)).toBe("Usually 2 to 5 minutes.");
  expect(waited(0, null, null)).toBe("We cannot say how long it takes.");
});

test("a wait beyond the range is called longer than usual", () => {
  expect(waited(301, 120, 300)).toContain("longer than usual");
});

test("nobody on duty is said before any range", () => {
  expect(estimate(0, { on_duty: 0, wait_low_s: 60, wait_high_s: 120 })).toContain("Nobody is on duty");
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
  const ends = ["nobody", "silent", "absent", "operator", "client_missing"].map((reason) => over(request({ reason })));
  for (const end of ends) expect(end.text).toContain("Nothing was taken");
  expect(new Set(ends.map((end) => end.title)).size).toBe(ends.length);
});
