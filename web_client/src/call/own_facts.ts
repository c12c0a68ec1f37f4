/**
 * Mute and camera of this page's person: opened, taken over after a reload, and told to the room.
 * Knows no page. Easy to break: nothing is told while devices are still being opened, or a reload would be
 * remembered as "muted, camera off".
 */
import { effect } from "@preact/signals";

import type { RoomView } from "../protocol.gen";
import { emit } from "../socket";
import { connection } from "../state";
import { media } from "./media";
import { pageId } from "./page_id";
import { picture } from "./picture";
import { ownOf } from "./sentences";

type Told = { isMuted: boolean | null; isCameraOn: boolean | null };

interface Room {
  readonly sessionId: string;
  readonly place: { value: string };
  takeRoom(view: RoomView): void;
  refused(refusal: unknown): void;
}

export class OwnFacts {
  private readonly room: Room;
  private readonly stop: () => void;
  /** This page has never been in the room: it takes mute and camera over as their owner left them. */
  private isFresh = true;
  private isCameraLeftOff = false;
  private hasOpened = false;
  private told: Told = { isMuted: null, isCameraOn: null };

  constructor(room: Room) {
    this.room = room;
    this.stop = effect(() => this.tell());
  }

  /** This page already shows its own picture to its owner: their choices here count, not the stored ones. */
  prepared(): void {
    this.isFresh = false;
  }

  /** The seat is ours. After a reload muted stays muted, and a camera that was off stays off. */
  seated(view: RoomView): void {
    const mine = ownOf(view);
    if (this.isFresh && view.live_at_ms !== null) {
      media.setMuted(mine.is_muted);
      this.isCameraLeftOff = !mine.is_camera_on;
    }
    this.isFresh = false;
    this.told = { isMuted: mine.is_muted, isCameraOn: mine.is_camera_on };
    if (mine.has_stepped_away) {
      emit("room:away", { ...this.seat(), is_away: false }).catch(() => undefined);
    }
    void this.open(view);
  }

  async open(view: RoomView): Promise<void> {
    if (!view.is_chat_only && !this.hasOpened) {
      await media.open({ audio: true, video: !this.isCameraLeftOff });
      if (this.room.place.value === "joined") void picture.start();
    }
    this.hasOpened = true;
    this.tell();
  }

  /** Another page has the seat: this one starts over if it takes it back. */
  forget(): void {
    this.isFresh = true;
    this.hasOpened = false;
    media.close();
  }

  close(): void {
    this.stop();
  }

  private seat(): { session_id: string; page_id: string } {
    return { session_id: this.room.sessionId, page_id: pageId };
  }

  private tell(): void {
    const isMuted = !media.isMicOpen.value;
    const isOn = media.isCameraOpen.value;
    const isReady = this.room.place.value === "joined" && !media.isOpening.value && connection.value === "connected";
    if (!isReady || !this.hasOpened) return;
    if (isMuted !== this.told.isMuted) {
      this.told.isMuted = isMuted;
      this.say("isMuted", emit("room:mute", { ...this.seat(), is_muted: isMuted }));
    }
    if (isOn !== this.told.isCameraOn) {
      this.told.isCameraOn = isOn;
      this.say("isCameraOn", emit("room:camera", { ...this.seat(), is_on: isOn }));
    }
  }

  private say(what: keyof Told, answer: Promise<RoomView>): void {
    answer.then(
      (view) => this.room.takeRoom(view),
      (refusal: unknown) => {
        // Told again with the next seat or change: it is a last-write fact.
        this.told[what] = null;
        this.room.refused(refusal);
      },
    );
  }
}
