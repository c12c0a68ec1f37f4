import { expect, test } from "vitest";

import type { CardView } from "../../protocol.gen";
import { titleOf } from "../../ui/attention";
import { arrival, leaving, notice, ringing } from "./calling";

const card = (id: string, words: Partial<CardView> = {}): CardView => ({
  id,
  version: 1,
  state: "waiting",
  first_name: id,
  area: "mind",
  issue: "",
  language: "en",
  note: "I cannot sleep",
  is_chat_only: false,
  is_rehearsal: false,
  is_worried: true,
  place: 1,
  placed_at_ms: 1,
  yours_until_ms: null,
  ...words,
});

test("a silenced card rings no more, and the others go on", () => {
  const cards = [card("Sam"), card("Leila")];
  expect(ringing(cards, new Set())).toEqual(["Sam", "Leila"]);
  expect(ringing(cards, new Set(["Sam"]))).toEqual(["Leila"]);
  expect(ringing([card("Sam")], new Set(["Sam"]))).toEqual([]);
});

test("who has come is announced with area and issue, each once", () => {
  expect(arrival([card("Sam", { issue: "Anxiety" }), card("Leila", { area: "work" })])).toBe(
    "Sam is waiting. Mind, anxiety. Leila is waiting. Work.",
  );
});

test("who was taken by a colleague is announced as taken", () => {
  expect(leaving("Sam", "taken")).toBe("Sam: taken by another therapist.");
  expect(leaving("Sam", "cancelled")).toBe("Sam: no longer waiting.");
});

test("a notification says how many wait, and neither a name nor a reason", () => {
  expect(notice(1)).toBe("Someone is waiting");
  expect(notice(3)).toBe("3 people are waiting");
});

test("the title of the tab counts those who wait, and nobody when nobody does", () => {
  expect(titleOf("Dashboard", 2)).toBe("(2) Dashboard · Quick Connect");
  expect(titleOf("Dashboard", 0)).toBe("Dashboard · Quick Connect");
});
