import { beforeEach, expect, test, vi } from "vitest";

import type { ChatLine } from "../protocol.gen";
import { Chat, contiguous, merge } from "./chat";

const SESSION = "11111111-1111-4111-8111-111111111111";

function line(seq: number, id = `id-${seq}`): ChatLine {
  return { session_id: SESSION, id, seq, seat: "therapist", text: `line ${seq}`, at_ms: seq };
}

/** A server that stores each id once, and is away while `isUp` is false. */
class Stored {
  isUp = true;
  lines: ChatLine[] = [];

  say = (async (event: string, body: { id: string; text: string; seq: number }) => {
    if (!this.isUp) throw new Error("no answer");
    if (event === "chat:since") return { lines: this.lines.filter(({ seq }) => seq > body.seq) };
    const known = this.lines.find(({ id }) => id === body.id);
    if (known) return known;
    const stored: ChatLine = { ...line(this.lines.length + 1, body.id), seat: "client", text: body.text };
    this.lines.push(stored);
    return stored;
  }) as unknown as ConstructorParameters<typeof Chat>[2];
}

beforeEach(() => {
  const kept = new Map<string, string>();
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
});

test("lines stand once and in order, however they arrive", () => {
  expect(merge([line(1), line(3)], [line(2), line(3)]).map(({ seq }) => seq)).toEqual([1, 2, 3]);
});

test("what is missing is asked for from the last line before the hole", () => {
  expect(contiguous([line(1), line(2), line(4)])).toBe(2);
  expect(contiguous([line(2)])).toBe(0);
});

test("a line written while the server is away arrives once after it is back", async () => {
  const server = new Stored();
  server.isUp = false;
  const chat = new Chat(SESSION, "client", server.say);
  chat.write("are you there");
  chat.send();
  await vi.waitFor(() => expect(chat.unsent.value).toHaveLength(1));
  server.isUp = true;
  await chat.resume();
  await vi.waitFor(() => expect(chat.unsent.value).toHaveLength(0));
  await chat.resume();
  expect(server.lines.map(({ text }) => text)).toEqual(["are you there"]);
  expect(chat.lines.value).toHaveLength(1);
  chat.close();
});

test("a line whose acknowledgement was lost is not doubled by sending it again after a reload", async () => {
  const server = new Stored();
  const loses = (async (event: string, body: never) => {
    await (server.say as (event: string, body: never) => Promise<unknown>)(event, body);
    throw new Error("no answer");
  }) as unknown as typeof server.say;
  const before = new Chat(SESSION, "client", loses);
  before.write("once");
  before.send();
  await vi.waitFor(() => expect(server.lines).toHaveLength(1));
  before.close();
  const after = new Chat(SESSION, "client", server.say);
  expect(after.unsent.value).toHaveLength(1);
  await after.resume();
  expect(server.lines).toHaveLength(1);
  expect(after.unsent.value).toHaveLength(0);
});

test("only the other side's lines are unread, and opening the chat reads them", () => {
  const chat = new Chat(SESSION, "client", new Stored().say);
  chat.add(line(1));
  chat.add({ ...line(2), seat: "client" });
  expect(chat.unread.value).toBe(1);
  chat.setOpen(true);
  chat.setOpen(false);
  expect(chat.unread.value).toBe(0);
});
