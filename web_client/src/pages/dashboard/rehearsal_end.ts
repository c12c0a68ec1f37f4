/** What a test session's end is called, and which of two copies is newer. Pure. */
import type { RehearsalView } from "../../protocol.gen";

/** By reason; a reason without words needs none, because its therapist made it so. */
export const ended: Readonly<Record<string, string>> = {
  busy: "Every test client is busy just now. Try again in a minute.",
  finished: "That test session is over. It is in your call log, marked as a test.",
  not_taken: "The card was not accepted, so the test client has gone. Start another whenever you like.",
  length: "That test session has reached its 15 minutes. Start another whenever you like.",
  lost: "The test client dropped out. Start another one.",
};

export function newerRehearsal(held: RehearsalView | null, next: RehearsalView): RehearsalView {
  return held !== null && held.id === next.id && held.version > next.version ? held : next;
}
