import { expect, test } from "vitest";

import type { RequestView } from "./protocol.gen";
import { stepFor } from "./steps";

function inState(state: RequestView["state"]): RequestView {
  return { id: "r", version: 1, state, session_id: "s" } as RequestView;
}

test("a client in line is shown the line, whatever page was loaded", () => {
  for (const path of ["/", "/talk", "/wallet", "/call/s"]) expect(stepFor(path, inState("waiting"))).toBe("/waiting");
});

test("somebody who has come is shown at once, but not over the call that the yes has just opened", () => {
  expect(stepFor("/waiting", inState("accepted"))).toBe("/here");
  expect(stepFor("/wallet", inState("accepted"))).toBe("/here");
  expect(stepFor("/call/s", inState("accepted"))).toBeNull();
});

test("after the yes the call opens", () => {
  expect(stepFor("/here", inState("joining"))).toBe("/call/s");
  expect(stepFor("/here", inState("in_call"))).toBe("/call/s");
  expect(stepFor("/call/s", inState("in_call"))).toBeNull();
});

test("who has left the call is not taken back into it from home or from the receipt", () => {
  expect(stepFor("/", inState("in_call"))).toBeNull();
  expect(stepFor("/after/s", inState("in_call"))).toBeNull();
});

test("a request that is over moves nobody", () => {
  for (const state of ["ended", "cancelled", "expired", "failed"] as const) {
    expect(stepFor("/waiting", inState(state))).toBeNull();
  }
});
