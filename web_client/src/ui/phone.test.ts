import { expect, test } from "vitest";

import { e164, spaced } from "./phone";

test("a number is understood as people write it", () => {
  for (const typed of ["07700 900123", "(07700) 900123", "+44 7700 900 123", "+44 (0)7700-900123", "0044 7700.900123"]) {
    expect(e164(typed)).toBe("+447700900123");
  }
  expect(e164("+33 6 12 34 56 78")).toBe("+33612345678");
});

test("what cannot be a number is none", () => {
  for (const typed of ["", "7700", "call me", "+0 123 456 789", "+44 7700 900123 ext 4", "+1234567890123456"]) {
    expect(e164(typed)).toBeNull();
  }
});

test("a number reads in groups", () => {
  expect(spaced("+447700900123")).toBe("+44 7700 900123");
  expect(spaced("+33612345678")).toBe("+33612345678");
});
