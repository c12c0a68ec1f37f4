import { beforeEach, expect, test, vi } from "vitest";

import type { NotesView } from "../protocol.gen";
import { mergeNotes, Notes, settle } from "./notes";

const SESSION = "11111111-1111-4111-8111-111111111111";

class Stored {
  view: NotesView = { session_id: SESSION, text: "", version: 0, saved_at_ms: null };

  say = (async (_event: string, body: { text: string; version: number }) => {
    if (body.version !== this.view.version) throw Object.assign(new Error("changed"), { code: "note_conflict" });
    this.view = { ...this.view, text: body.text, version: body.version + 1, saved_at_ms: 1 };
    return this.view;
  }) as unknown as ConstructorParameters<typeof Notes>[1];
}

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
});

test("of two texts the one that holds the other is enough, else both are kept", () => {
  expect(mergeNotes("a and b", "a")).toBe("a and b");
  expect(mergeNotes("a", "a and b")).toBe("a and b");
  expect(mergeNotes("mine", "theirs")).toMatch(/^mine[\s\S]*theirs$/);
});

test("a draft of the stored version wins over it after a reload", () => {
  const settled = settle({ text: "longer", version: 3 }, { text: "long", version: 3 });
  expect(settled).toEqual({ text: "longer", isUnsaved: true, isMerged: false });
});

test("notes changed in another window are put under one's own and both are saved", async () => {
  const server = new Stored();
  const notes = new Notes(SESSION, server.say, async () => server.view);
  notes.load(server.view);
  notes.edit("mine");
  server.view = { ...server.view, text: "theirs", version: 1 };
  await notes.flush();
  await notes.flush();
  expect(server.view.text).toMatch(/^mine[\s\S]*theirs$/);
  expect(notes.wasMerged.value).toBe(true);
  expect(notes.state.value).toBe("saved");
  notes.close();
});

test("the echo of one's own save never brings a deleted word back", async () => {
  const server = new Stored();
  const notes = new Notes(SESSION, server.say, async () => server.view);
  notes.load(server.view);
  notes.edit("a secret word");
  const saving = notes.flush();
  notes.edit("a word");
  notes.load({ ...server.view, text: "a secret word", version: 1 });
  await saving;
  await notes.flush();
  expect(server.view.text).toBe("a word");
  notes.close();
});
