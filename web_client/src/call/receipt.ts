/**
 * What this page has counted of its connection, told to the server each minute and at the end.
 * Knows no page. Easy to break: figures are running totals of this page over all its links; the server adds pages.
 */
import { effect } from "@preact/signals";

import type { RoomView } from "../protocol.gen";
import { emit } from "../socket";
import { added, type Figures, noFigures } from "./figures";
import type { LinkState } from "./link";
import { media } from "./media";
import { pageId } from "./page_id";
import { picture } from "./picture";
import type { Counts } from "./quality";
import { otherOf } from "./sentences";

const TELL_EVERY_MS = 60_000;

interface Talk {
  readonly sessionId: string;
  readonly room: { value: RoomView | null };
  readonly isTalking: { value: boolean };
  readonly linkState: { value: LinkState };
}

export class Receipt {
  private readonly call: Talk;
  private readonly stops: (() => void)[];
  private figures = noFigures();
  private startedAt: number | null = null;
  private wasUp = false;
  private faultsBefore = media.faults;

  constructor(call: Talk) {
    this.call = call;
    const timer = window.setInterval(() => this.tell(), TELL_EVERY_MS);
    const onHide = () => this.tell();
    window.addEventListener("pagehide", onHide);
    this.stops = [
      effect(() => this.follow()),
      () => window.clearInterval(timer),
      () => window.removeEventListener("pagehide", onHide),
    ];
  }

  look(before: Counts | null, now: Counts, ms: number): void {
    if (this.startedAt !== null) this.figures = added(this.figures, before, now, ms);
  }

  /** The last figures go out now; nothing is counted any more. */
  close(): void {
    for (const stop of this.stops.splice(0)) stop();
    this.tell();
  }

  private follow(): void {
    const isUp = this.call.linkState.value === "connected";
    const room = this.call.room.value;
    const isMoving = picture.isMoving.value;
    if (!this.call.isTalking.value || !room || room.is_chat_only) return;
    this.startedAt ??= performance.now();
    if (isUp && !this.wasUp && this.figures.join_ms !== null) this.figures.reconnects += 1;
    this.wasUp = isUp;
    const isThrough = isUp && (isMoving || !otherOf(room).is_camera_on) && otherOf(room).is_present;
    if (isThrough) this.figures.join_ms ??= performance.now() - this.startedAt;
  }

  private tell(): void {
    if (this.startedAt === null) return;
    const figures = { ...this.figures, device_faults: media.faults - this.faultsBefore };
    const whole = Object.fromEntries(
      Object.entries(figures).map(([name, figure]) => [name, figure === null ? null : Math.round(figure)]),
    ) as Figures;
    // Without an answer the next minute tells the same and more.
    emit("room:quality", { session_id: this.call.sessionId, page_id: pageId, ...whole }).catch(() => undefined);
  }
}
