/**
 * Looks at the connection every two seconds: how good it is, how the other is heard, how much picture to send.
 * Knows no page. Easy to break: a link that has changed since the last look is looked at from nothing.
 */
import { batch, signal } from "@preact/signals";

import type { RoomView, Told } from "../protocol.gen";
import type { Link } from "./link";
import { type Counts, hearing, measure, quality, type Quality } from "./quality";
import { climb, TOP } from "./rates";
import { otherOf } from "./sentences";

const LOOK_EVERY_MS = 2_000;
/** Nothing heard from somebody who is not muted, while the connection says that it stands. */
const SILENT_RESTART = 2;
const SILENT_REBUILD = 8;
/** New connections do not make somebody speak; after so many it is theirs to mend. */
const SILENT_REBUILDS_MAX = 2;
const KEPT_LOW_DATA = "low data";

export interface Watched {
  readonly link: { peek(): Link | null };
  readonly room: { peek(): RoomView | null };
  /** The connection stands and carries nothing: mend it like one that is gone. */
  mend(step: "restarting" | "rebuilding"): void;
}

export class Watch {
  readonly quality = signal<Quality | null>(null);
  readonly hears = signal<Told["hears"]>("");
  readonly isPicturePaused = signal(false);
  readonly isLowData = signal(localStorage.getItem(KEPT_LOW_DATA) === "on");

  private readonly call: Watched;
  private readonly seen: ((before: Counts | null, now: Counts, ms: number) => void)[] = [];
  private readonly timer: number;
  private of: Link | null = null;
  private counts: Counts | null = null;
  private ladder = TOP;
  private silent = 0;
  private poor = 0;
  private rebuilds = 0;

  constructor(call: Watched) {
    this.call = call;
    this.timer = window.setInterval(() => void this.look(), LOOK_EVERY_MS);
  }

  /** Call with every look: what was counted before and now on the same link. */
  onLook(act: (before: Counts | null, now: Counts, ms: number) => void): void {
    this.seen.push(act);
  }

  setLowData(isOn: boolean): void {
    localStorage.setItem(KEPT_LOW_DATA, isOn ? "on" : "off");
    this.isLowData.value = isOn;
    this.ladder = isOn ? climb(this.ladder, { lostThere: null, canSend: null }, true) : TOP;
    this.send();
  }

  close(): void {
    window.clearInterval(this.timer);
  }

  private async look(): Promise<void> {
    const link = this.call.link.peek();
    if (!link || link.state.peek() !== "connected") return;
    const counts = await measure(link.connection);
    if (link !== this.call.link.peek()) return;
    const before = this.of === link ? this.counts : null;
    this.of = link;
    this.counts = counts;
    for (const act of this.seen) act(before, counts, LOOK_EVERY_MS);
    this.ladder = climb(this.ladder, counts, this.isLowData.peek());
    this.send();
    batch(() => {
      this.quality.value = quality(before, counts);
      this.listen(before, counts);
    });
  }

  private send(): void {
    this.isPicturePaused.value = this.ladder.level === "paused";
    this.call.link.peek()?.setPicture(this.ladder.level);
  }

  private listen(before: Counts | null, now: Counts): void {
    const room = this.call.room.peek();
    const other = room ? otherOf(room) : null;
    if (!before || !room || !other?.is_present || other.is_muted || room.is_chat_only || room.phase === "warming") {
      this.silent = 0;
      this.hears.value = "";
      return;
    }
    const heard = hearing(before, now);
    // One look may fall into a hiccup of the machine; two in a row are worth saying.
    this.poor = heard === "well" ? 0 : this.poor + 1;
    this.hears.value = this.poor === 1 ? this.hears.peek() : heard;
    this.silent = heard === "nothing" ? this.silent + 1 : 0;
    if (this.silent === SILENT_RESTART) this.call.mend("restarting");
    if (heard === "well") this.rebuilds = 0;
    if (this.silent !== SILENT_REBUILD || this.rebuilds === SILENT_REBUILDS_MAX) return;
    this.rebuilds += 1;
    this.call.mend("rebuilding");
  }
}
