/**
 * Where a client with a request belongs. Pure.
 * Easy to break: whoever has left a call by *End session* still has a request in a call; home must stay home for them,
 * with *Join* on it, or leaving would take them straight back in front of their camera.
 */
import type { RequestView } from "./protocol.gen";

const BEFORE_THE_CALL = ["talk", "waiting", "here"];

/** The path this client should be on instead of `path`; null when they may stay. */
export function stepFor(path: string, request: RequestView): string | null {
  const first = path.split("/")[1] ?? "";
  const room = `/call/${request.session_id ?? ""}`;
  switch (request.state) {
    case "waiting":
      return "/waiting";
    case "accepted":
      // The yes opens the call page before the server's word about it is here.
      return first === "call" ? null : "/here";
    case "joining":
      return first === "" || BEFORE_THE_CALL.includes(first) ? room : null;
    case "in_call":
      return BEFORE_THE_CALL.includes(first) ? room : null;
    case "ended":
    case "cancelled":
    case "expired":
    case "failed":
      return null;
    default:
      return request.state satisfies never;
  }
}
