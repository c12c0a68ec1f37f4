/** The figures of a quality receipt, as running totals. Pure. */
import type { RoomQuality } from "../protocol.gen";
import { type Counts, noCounts, since } from "./quality";

export type Figures = Omit<RoomQuality, "session_id" | "page_id">;

export function noFigures(): Figures {
  return {
    join_ms: null,
    connected_s: 0,
    relayed_s: 0,
    reconnects: 0,
    audio_received: 0,
    audio_lost: 0,
    video_received: 0,
    video_lost: 0,
    freezes: 0,
    freeze_ms: 0,
    device_faults: 0,
  };
}

/** The figures after one more look at a link; `before` is null for the first look at it. */
export function added(figures: Figures, before: Counts | null, now: Counts, ms: number): Figures {
  const earlier = before ?? noCounts();
  const seconds = ms / 1000;
  return {
    ...figures,
    connected_s: figures.connected_s + seconds,
    relayed_s: figures.relayed_s + (now.isRelayed ? seconds : 0),
    audio_received: figures.audio_received + since(earlier.audio.received, now.audio.received),
    audio_lost: figures.audio_lost + since(earlier.audio.lost, now.audio.lost),
    video_received: figures.video_received + since(earlier.video.received, now.video.received),
    video_lost: figures.video_lost + since(earlier.video.lost, now.video.lost),
    freezes: figures.freezes + since(earlier.freezes, now.freezes),
    freeze_ms: figures.freeze_ms + since(earlier.freezeS, now.freezeS) * 1000,
  };
}
