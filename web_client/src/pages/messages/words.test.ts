import { describe, expect, it } from "vitest";

import { at, size, when } from "./words";

const NOON = new Date(2026, 10, 22, 12, 0).getTime();

describe("when a message was written", () => {
  it("is a time today, a day this week, and a date before", () => {
    expect(when(NOON - 3_600_000, false, NOON)).toBe("11:00");
    expect(when(NOON - 2 * 86_400_000, false, NOON)).toBe("Fri");
    expect(when(NOON - 20 * 86_400_000, false, NOON)).toBe("2 Nov");
  });

  it("is read differently by a client and at a desk", () => {
    expect(at(new Date(2026, 10, 22, 18, 5).getTime(), false)).toBe("18:05");
    expect(at(new Date(2026, 10, 22, 18, 5).getTime(), true)).toBe("6.05 pm");
  });
});

describe("the size of a file", () => {
  it("is said in the unit it fits", () => {
    expect([size(12), size(217_088), size(3_145_728)]).toEqual(["12 bytes", "212 kB", "3.0 MB"]);
  });
});
