/**
 * What this page may send, decided in one place from plain facts.
 * Knows no tracks and no connections. Easy to break: before the client's yes, the client sends nothing and the
 * therapist sends a picture without sound.
 */
import type { RoomView, Seat } from "../protocol.gen";

/** out: no seat. warming: accepted, not yet yes. agreed: the yes is acknowledged. joined: the seat is ours. */
export type Place = "out" | "warming" | "agreed" | "joined" | "replaced" | "away" | "left" | "ended";

export interface Sending {
  audio: boolean;
  video: boolean;
}

const NOTHING: Sending = { audio: false, video: false };
const ALL: Sending = { audio: true, video: true };

/** `isSilent`: chat only, or being ended. */
export function mayUse(place: Place, seat: Seat, isSilent: boolean): Sending {
  if (isSilent) return NOTHING;
  switch (place) {
    case "agreed":
    case "joined":
      return ALL;
    case "warming":
      return seat === "therapist" ? { audio: false, video: true } : NOTHING;
    case "out":
    case "replaced":
    case "away":
    case "left":
    case "ended":
      return NOTHING;
  }
}

/** Whether this page should have a recorder leg now: both agreed, the room open, the seat ours. */
export function mayRecord(place: Place, room: RoomView | null): boolean {
  if (place !== "joined" || !room || room.is_chat_only) return false;
  const isOpen = room.phase === "open" || room.phase === "live" || room.phase === "interrupted";
  return isOpen && room.transcript.client_agreed && room.transcript.therapist_agreed;
}

/** The newer of two copies of the same room; another session's copy always takes the place. */
export function newer(current: RoomView | null, arriving: RoomView): RoomView {
  if (current === null || current.session_id !== arriving.session_id) return arriving;
  return arriving.version >= current.version ? arriving : current;
}
