import { expect, test } from "vitest";

import type { Utterance, Word } from "../../protocol.gen";
import { fixOf, folded, hitsIn, parts, timeOf, utteranceAt, withPassage } from "./find";

const word = (text: string): Word => ({ text, from_ms: 0, is_unsure: false, is_corrected: false });
const words = (text: string): Word[] => text.split(" ").map(word);
const said = (seq: number, text: string, from_ms = 0): Utterance => ({
  seq,
  seat: "client",
  name: "Sam",
  from_ms,
  to_ms: from_ms + 1_000,
  words: words(text),
  revision: 0,
  corrected_at_ms: null,
  is_marked: false,
});

test("words are found without regard to case, accents and quotes, also across words", () => {
  expect(folded("Zoë’s")).toBe("zoe's");
  expect(folded("a😀b")).toHaveLength(4);
  const hits = hitsIn([said(1, "I am Breathing out"), said(2, "breathing, breathing")], "breathing");
  expect(hits).toEqual([
    { seq: 1, from: 5, to: 14 },
    { seq: 2, from: 0, to: 9 },
    { seq: 2, from: 11, to: 20 },
  ]);
  expect(hitsIn([said(1, "I am breathing out")], "am  breath")).toEqual([{ seq: 1, from: 2, to: 11 }]);
  expect(hitsIn([said(1, "a b")], "a")).toEqual([]);
});

test("a hit that spans words marks a part of each", () => {
  const hit = { seq: 1, from: 2, to: 8 };
  expect(parts("am", 2, [hit])).toEqual([{ text: "am", hit }]);
  expect(parts("breathing", 5, [hit])).toEqual([
    { text: "bre", hit },
    { text: "athing", hit: null },
  ]);
  expect(parts("out", 15, [hit])).toEqual([{ text: "out", hit: null }]);
});

test("a correction of a line changes only the words that differ", () => {
  const line = words("I live in Leads now");
  expect(fixOf(line, 0, 5, "I live in Leeds now")).toEqual({ place: 3, count: 1, text: "Leeds" });
  expect(fixOf(line, 3, 1, "Leeds")).toEqual({ place: 3, count: 1, text: "Leeds" });
  expect(fixOf(line, 0, 5, "I live in  Leads now ")).toBeNull();
  expect(fixOf(line, 0, 5, "I live in now")).toEqual({ place: 3, count: 1, text: "" });
});

test("a word that is only added is written with its neighbour", () => {
  const line = words("I live there");
  expect(fixOf(line, 0, 3, "I do live there")).toEqual({ place: 0, count: 1, text: "I do" });
  expect(fixOf(line, 0, 3, "Well I live there")).toEqual({ place: 0, count: 1, text: "Well I" });
});

test("a time may be typed as minutes and seconds, with hours, or as seconds", () => {
  expect([timeOf("12:40"), timeOf("1:02:10"), timeOf("75"), timeOf("2.31")]).toEqual([760_000, 3_730_000, 75_000, 151_000]);
  expect([timeOf(""), timeOf("noon"), timeOf("1:2:3:4")]).toEqual([null, null, null]);
});

test("jumping to a time finds what is said then, or next", () => {
  const both = [said(1, "a", 0), said(2, "b", 60_000)];
  expect(utteranceAt(both, 500)?.seq).toBe(1);
  expect(utteranceAt(both, 30_000)?.seq).toBe(2);
  expect(utteranceAt(both, 900_000)?.seq).toBe(2);
});

test("a passage goes under the notes with its time and speaker", () => {
  expect(withPassage("", "2:31", "Sam", "It is easier")).toBe("[2:31] Sam: “It is easier”\n");
  expect(withPassage("First.\n", "2:31", "Sam", "Yes")).toBe("First.\n\n[2:31] Sam: “Yes”\n");
});
