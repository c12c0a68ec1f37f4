import { beforeEach, expect, test, vi } from "vitest";

import { keep, keptOr } from "./useKept";

const kept = new Map<string, string>();

beforeEach(() => {
  kept.clear();
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
});

test("what was typed is there again, whatever kind of value it is", () => {
  keep("kept:bio", "I listen. 🫖", "");
  keep("kept:areas", ["mind", "work"], ["mind"]);
  expect(keptOr("kept:bio", "")).toBe("I listen. 🫖");
  expect(keptOr("kept:areas", ["mind"])).toEqual(["mind", "work"]);
});

test("a value that is back where it started leaves nothing behind", () => {
  keep("kept:bio", "typed", "stored");
  keep("kept:bio", "stored", "stored");
  expect(kept.size).toBe(0);
  expect(keptOr("kept:bio", "stored")).toBe("stored");
});

test("what cannot be read or written costs the safety net and not the form", () => {
  kept.set("kept:bio", "{broken");
  expect(keptOr("kept:bio", "stored")).toBe("stored");
  vi.stubGlobal("sessionStorage", {
    setItem: () => {
      throw new Error("full");
    },
  });
  expect(() => keep("kept:bio", "typed", "stored")).not.toThrow();
});
