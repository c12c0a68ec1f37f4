/**
 * All conversations of whoever is signed in, newest first, and how much in them is unread. Knows no page.
 * Easy to break: a view is replaced by a newer one only; two tabs and a slow answer would else bring old counts back.
 */
import { computed, signal } from "@preact/signals";

import { ask } from "../http";
import type { ConversationView } from "../protocol.gen";

/** Null until the server has said. */
export const inbox = signal<ConversationView[] | null>(null);
export const unread = computed(() => (inbox.value ?? []).reduce((sum, one) => sum + one.unread, 0));

/** The inbox after one conversation changed. A therapist's list has those in which something was written. */
export function inboxWith(held: readonly ConversationView[], next: ConversationView): ConversationView[] {
  const known = held.find((one) => one.id === next.id);
  if (known && known.version > next.version) return [...held];
  const others = held.filter((one) => one.id !== next.id);
  if (!next.last && next.seat === "therapist") return others;
  return [...others, next].sort((one, other) => (other.last?.at_ms ?? 0) - (one.last?.at_ms ?? 0));
}

/** Somebody else may sign in on this page. */
export function forgetInbox(): void {
  inbox.value = null;
}

export function takeConversation(next: ConversationView): void {
  inbox.value = inboxWith(inbox.peek() ?? [], next);
}

/** Ask anew, on every connect. */
export async function askInbox(): Promise<void> {
  const { conversations } = await ask("GET /api/conversations");
  const held = inbox.peek() ?? [];
  inbox.value = conversations.reduce((found, one) => inboxWith(found, one), held.filter((one) => conversations.some((other) => other.id === one.id)));
}
