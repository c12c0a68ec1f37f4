import { expect, test } from "vitest";

import { leftOut, leftOutWords } from "./tooLong";

test("a paste that fits leaves nothing out, to the last character", () => {
  expect(leftOut(2_000, 0, 0, 2_000)).toBe(0);
  expect(leftOut(10, 1_995, 5, 2_000)).toBe(0);
});

test("what is left out is counted with what stood there, less what the paste replaces", () => {
  expect(leftOut(10_000, 0, 0, 2_000)).toBe(8_000);
  expect(leftOut(10, 1_995, 0, 2_000)).toBe(5);
  expect(leftOut(10, 1_995, 2, 2_000)).toBe(3);
});

test("it is said in words, with how much the field holds", () => {
  expect(leftOutWords(8_000, 10_000, 2_000)).toBe(
    "8,000 of the 10,000 characters you pasted did not fit: this field holds 2,000.",
  );
});
