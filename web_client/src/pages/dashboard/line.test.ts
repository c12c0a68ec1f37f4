import { expect, test } from "vitest";

import type { CardView, RequestView } from "../../protocol.gen";
import { about, departure, lineUp, outcome } from "./line";

const card = (id: string, place: number): CardView => ({
  id,
  version: 1,
  state: "waiting",
  first_name: id,
  area: "mind",
  issue: "",
  language: "en",
  note: "",
  is_chat_only: false,
  is_rehearsal: false,
  is_worried: false,
  place,
  placed_at_ms: 1_000 - place,
  yours_until_ms: null,
});
const ids = (places: { card: CardView }[]): string[] => places.map((place) => place.card.id);

test("whoever is first in line comes first, also when the place was kept from an earlier request", () => {
  expect(ids(lineUp([card("Leila", 2), card("Sam", 1), card("Kwame", 3)], [], []))).toEqual(["Sam", "Leila", "Kwame"]);
});

test("a card that left keeps its place among those who wait", () => {
  const left = { card: card("Leila", 2), left: departure("taken") };
  const places = lineUp([card("Sam", 1), card("Kwame", 3)], [left], []);
  expect(places.map((place) => place.left)).toEqual([null, "Taken by another therapist", null]);
});

test("under the pointer nothing changes place, even for somebody who has waited longer", () => {
  const places = lineUp([card("Sam", 1), card("Leila", 2), card("Kwame", 3)], [], ["Leila", "Kwame"]);
  expect(ids(places)).toEqual(["Leila", "Kwame", "Sam"]);
});

test("a card that came back is shown once, as waiting", () => {
  const places = lineUp([card("Sam", 1)], [{ card: card("Sam", 1), left: departure("taken") }], []);
  expect(places).toEqual([{ card: card("Sam", 1), left: null }]);
});

test("only a card taken by a colleague says so", () => {
  expect(departure("taken")).toBe("Taken by another therapist");
  expect(departure("cancelled")).toBe("No longer waiting");
  expect(departure("expired")).toBe("No longer waiting");
  expect(departure("hidden")).toBe("No longer waiting");
});

test("what became of the accepted request is said in words", () => {
  const request = (state: RequestView["state"], reason: string) =>
    outcome({ first_name: "Sam", state, reason } as RequestView)?.title;
  expect(request("waiting", "declined")).toBe("The client chose to keep waiting");
  expect(request("waiting", "silent")).toBe("They did not answer");
  expect(request("cancelled", "client")).toBe("Sam stopped waiting");
  expect(request("accepted", "")).toBeUndefined();
  expect(request("ended", "")).toBeUndefined();
  expect(outcome(null)).toBeNull();
});

test("somebody who was turned down is told that the client keeps waiting, and nothing else", () => {
  const declined = outcome({ first_name: "Sam", state: "waiting", reason: "declined" } as RequestView);
  expect(declined).toEqual({ title: "The client chose to keep waiting", text: "" });
});

test("area and issue are one phrase", () => {
  expect(about("Mind", "Anxiety")).toBe("Mind, anxiety");
  expect(about("Mind", "")).toBe("Mind");
});
