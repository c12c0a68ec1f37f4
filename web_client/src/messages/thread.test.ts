import { describe, expect, it } from "vitest";

import type { ConversationView, MessageView } from "../protocol.gen";
import { inboxWith } from "./inbox";
import { merged } from "./thread";

function message(seq: number, text = ""): MessageView {
  return { conversation_id: "c", id: `m${seq}`, seq, seat: "client", text, file: null, at_ms: seq, is_from_call: false, is_gone: false };
}

function conversation(id: string, version: number, atMs: number | null, seat: "client" | "therapist" = "client"): ConversationView {
  const last = atMs === null ? null : { ...message(1), at_ms: atMs };
  return { id, version, seat, with_id: id, first_name: "", last_name: "", photo: null, last_seq: 1, last, unread: 0, read_seq: 0, other_read_seq: 0 };
}

describe("a conversation", () => {
  it("has each message once, in order, whichever way it came", () => {
    expect(merged([message(1), message(3)], [message(2), message(3, "again")]).map(({ seq, text }) => [seq, text])).toEqual([
      [1, ""],
      [2, ""],
      [3, "again"],
    ]);
  });
});

describe("the inbox", () => {
  it("puts what was written last on top", () => {
    const held = [conversation("a", 1, 50), conversation("b", 1, 40)];
    expect(inboxWith(held, conversation("b", 2, 60)).map(({ id }) => id)).toEqual(["b", "a"]);
  });

  it("does not take an older view back", () => {
    const held = [conversation("a", 3, 50)];
    expect(inboxWith(held, conversation("a", 2, 40))[0]?.version).toBe(3);
  });

  it("shows a client whom they may write to, and a therapist only who wrote", () => {
    expect(inboxWith([], conversation("a", 1, null))).toHaveLength(1);
    expect(inboxWith([], conversation("a", 1, null, "therapist"))).toHaveLength(0);
  });
});
