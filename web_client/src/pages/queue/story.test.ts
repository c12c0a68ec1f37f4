import { expect, test } from "vitest";

import type { HistoryLine } from "../../protocol.gen";
import { outcome, story } from "./story";

const line = (kind: string, at_ms: number, words: Partial<HistoryLine> = {}): HistoryLine => ({
  at_ms,
  kind,
  therapist: "",
  behind_ms: null,
  other_id: null,
  ...words,
});
const texts = (lines: HistoryLine[]): string[] => story(lines).map((told) => told.text);

test("whoever was shown it within a second stands in one sentence", () => {
  const shown = ["Amara", "Imran", "Helen"].map((therapist, number) => line("shown", number * 100, { therapist }));
  expect(texts(shown)).toEqual(["Shown to Amara, Imran and Helen."]);
  expect(texts([...shown, line("shown", 1_500, { therapist: "Mei" })])).toEqual([
    "Shown to Amara, Imran and Helen.",
    "Shown to Mei.",
  ]);
});

test("many names are counted, not listed", () => {
  const shown = ["A", "B", "C", "D", "E"].map((therapist) => line("shown", 0, { therapist }));
  expect(texts(shown)).toEqual(["Shown to A, B, C and 2 more."]);
});

test("a loser stands there with how late they were", () => {
  const lost = (behind_ms: number | null) => texts([line("lost", 0, { therapist: "Imran", behind_ms })])[0];
  expect(lost(40)).toBe("Imran tried to accept, 40 ms after the winner.");
  expect(lost(0)).toBe("Imran tried to accept, less than a millisecond after the winner.");
  expect(lost(61_000)).toBe("Imran tried to accept, 1 minute after the winner.");
  expect(lost(null)).toBe("Imran tried to accept, after the winner.");
});

test("passing over leads to the request that was taken instead", () => {
  expect(story([line("passed_over", 5, { therapist: "Mei", other_id: "newer" })])).toEqual([
    { atMs: 5, text: "Mei took a newer request and left this one.", otherId: "newer" },
  ]);
});

test("the same end reads differently by its reason", () => {
  expect(outcome("cancelled", "operator")).toBe("Taken out by an operator");
  expect(outcome("cancelled", "callback")).toBe("To be called back");
  expect(outcome("in_call", "")).toBe("In session");
  expect(outcome("failed", "")).toBe("Ended");
});
