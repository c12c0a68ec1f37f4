import { expect, test } from "vitest";

import type { RehearsalView } from "../../protocol.gen";
import { ended, newerRehearsal } from "./rehearsal_end";

const view = (id: string, version: number): RehearsalView => ({ id, version, state: "running", reason: "" });

test("a late copy of a test session changes nothing", () => {
  expect(newerRehearsal(view("a", 3), view("a", 2)).version).toBe(3);
});

test("another test session takes the place of the one before", () => {
  expect(newerRehearsal(view("a", 3), view("b", 1)).id).toBe("b");
});

test("busy says when to try again, and a test session one stopped says nothing", () => {
  expect(ended.busy).toContain("in a minute");
  expect(ended.stopped).toBeUndefined();
});
