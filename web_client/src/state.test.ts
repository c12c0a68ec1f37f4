import { expect, test } from "vitest";

import type { CardView, PoolView, RequestView } from "./protocol.gen";
import { isNewer, poolWith } from "./state";

function request(change: Partial<RequestView>): RequestView {
  return { id: "a", version: 3, state: "waiting", now_ms: 100, placed_at_ms: 10, ...change } as RequestView;
}

function card(id: string, change: Partial<CardView> = {}): CardView {
  return { id, version: 1, state: "waiting", first_name: id, place: 0, placed_at_ms: 0, ...change } as CardView;
}

test("only a newer version of the same request replaces what is shown", () => {
  expect(isNewer(null, request({}))).toBe(true);
  expect(isNewer(request({}), request({ version: 4 }))).toBe(true);
  expect(isNewer(request({}), request({ version: 2 }))).toBe(false);
});

test("within one version the later word counts, because the place in line moves", () => {
  expect(isNewer(request({}), request({ now_ms: 101, place: 1 }))).toBe(true);
  expect(isNewer(request({}), request({ now_ms: 99, place: 2 }))).toBe(false);
});

test("a client's later request is shown, whatever is heard of the one before", () => {
  const later = request({ id: "b", version: 1, placed_at_ms: 50 });
  for (const state of ["cancelled", "accepted"] as const) {
    expect(isNewer(later, request({ state, version: 9 }))).toBe(false);
    expect(isNewer(request({ state }), later)).toBe(true);
  }
});

test("a therapist's page shows whom they hold, also when that one asked before the last one", () => {
  const before = request({ id: "b", state: "accepted", placed_at_ms: 5 });
  expect(isNewer(request({ state: "cancelled" }), before, "therapist")).toBe(true);
  expect(isNewer(before, request({ state: "cancelled", version: 9 }), "therapist")).toBe(false);
});

test("a new card stands by its place and is counted", () => {
  const held: PoolView = { cards: [card("late", { place: 20 })], waiting: 1 };
  const now = poolWith(held, card("early", { place: 10 }));
  expect(now.cards.map(({ id }) => id)).toEqual(["early", "late"]);
  expect(now.waiting).toBe(2);
});

test("a taken card leaves once, and an old word does not bring it back", () => {
  const held: PoolView = { cards: [card("sam", { version: 5 })], waiting: 1 };
  const now = poolWith(held, card("sam", { version: 6, state: "taken" }));
  expect(now).toEqual({ cards: [], waiting: 0 });
  expect(poolWith(now, card("sam", { version: 6, state: "taken" })).waiting).toBe(0);
  expect(poolWith(held, card("sam", { version: 4, state: "cancelled" }))).toBe(held);
});
