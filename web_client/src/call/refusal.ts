/**
 * What a refused or unanswered command means to the call. Knows codes, not sentences.
 * Easy to break: no answer is not a refusal; whatever has an id or a key is sent again under the same one.
 */
import type { ErrorCode } from "../protocol.gen";

export type RefusalCode = ErrorCode | "no_answer";

export function codeOf(refusal: unknown): RefusalCode {
  if (refusal && typeof refusal === "object" && "code" in refusal && typeof refusal.code === "string") {
    return refusal.code as RefusalCode;
  }
  return "no_answer";
}

const FINAL: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  "bad_message",
  "conversation_not_found",
  "file_not_found",
  "key_reused",
  "not_allowed",
  "not_found",
  "not_yours",
  "session_ended",
  "session_not_found",
  "too_large",
]);

/** Sending the same again would be refused the same. */
export function isFinal(code: RefusalCode): boolean {
  return FINAL.has(code);
}
