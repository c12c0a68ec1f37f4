import { expect, test } from "vitest";

import type { Gap, Utterance } from "../../protocol.gen";
import { badge, gapWords, inOrder, isGrowing, sentence } from "./words";

test("every state of a transcript has words in the list", () => {
  const words = ["off", "recording", "finishing", "ready", "empty", "failed"].map((state) => badge(state).text);
  expect(words).toEqual(["Declined", "In progress", "In progress", "Ready", "Nothing was said", "Failed"]);
});

test("while it is written the page says how far", () => {
  expect(sentence("finishing", "", 760_000, "Sam")?.title).toBe("Written up to 12:40");
  expect(sentence("recording", "", 61_000, "Sam")?.text).toBe("Written up to 1:01.");
  expect(isGrowing("recording") && isGrowing("finishing")).toBe(true);
  expect(isGrowing("ready")).toBe(false);
});

test("a missing speech model is said, and that nothing is lost", () => {
  expect(sentence("finishing", "no_model", 0, "Sam")?.text).toContain("Nothing is lost");
});

test("a failed transcript says why", () => {
  expect(sentence("failed", "key", 0, "Sam")?.text).toContain("could not be opened");
  expect(sentence("failed", "something new", 0, "Sam")?.text).toContain("Something went wrong");
});

test("a transcript that went because its time was over says so", () => {
  expect(sentence("deleted", "retention", 0, "Sam")?.text).toContain("time");
  expect(sentence("deleted", "erased", 0, "Sam")?.text).toContain("fact of the session");
  expect(sentence("deleted", "", 0, "Sam")?.text).toContain("notes");
});

test("a finished transcript needs no sentence", () => {
  expect(sentence("ready", "", 0, "Sam")).toBeNull();
});

test("a gap says how long, and why", () => {
  const gap: Gap = { seat: "client", from_ms: 37_000, to_ms: 51_000, reason: "reconnect" };
  expect(gapWords(gap, "Sam")).toBe("14 seconds not written down: Sam was reconnecting");
  expect(gapWords({ ...gap, reason: "muted" }, "Sam")).toBe("Sam was muted for 14 seconds");
  expect(gapWords({ ...gap, reason: "paused" }, "Sam")).toContain("the transcript was stopped");
});

test("words and gaps stand in the order of the call", () => {
  const said = (from_ms: number): Utterance => ({
    seq: from_ms,
    seat: "client",
    name: "Sam",
    from_ms,
    to_ms: 0,
    words: [],
    revision: 0,
    corrected_at_ms: null,
    is_marked: false,
  });
  const gap: Gap = { seat: "client", from_ms: 50, to_ms: 60, reason: "lost" };
  expect(inOrder([said(80), said(10)], [gap]).map((piece) => piece.kind)).toEqual(["said", "gap", "said"]);
});
