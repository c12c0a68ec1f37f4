/**
 * One session as this page lives it: seat, connection, recorder leg, chat and notes, from accept to the end.
 * Knows no page and no JSX; pages read its signals and call one function per button.
 * Easy to break: what is sent follows from `place` alone (`sending.ts`), and `place` becomes "agreed" only when the
 * server has acknowledged the yes. A replaced page sends nothing and never comes back without a press.
 */
import { batch, computed, effect, signal } from "@preact/signals";

import type { NotesView, RoomView, Seat } from "../protocol.gen";
import { emit } from "../socket";
import { connection } from "../state";
import { Between, type Incoming } from "./between";
import { Captions } from "./captions";
import { Chat } from "./chat";
import { noteServerTime } from "./clock";
import { Leg } from "./leg";
import { rtcServers } from "./link";
import { media } from "./media";
import { Notes } from "./notes";
import { OwnFacts } from "./own_facts";
import { pageId } from "./page_id";
import { picture } from "./picture";
import { Receipt } from "./receipt";
import { codeOf, isFinal } from "./refusal";
import { Screen } from "./screen";
import { mayRecord, mayUse, newer, type Place } from "./sending";
import { saying } from "./sentences";
import { Refresh } from "./refresh";
import { Watch } from "./watch";

const RETRY_MS = 1_500;

export class Call {
  readonly sessionId: string;
  readonly seat: Seat;
  readonly room = signal<RoomView | null>(null);
  readonly place = signal<Place>("out");
  readonly between = new Between(this);
  readonly link = this.between.link;
  readonly linkState = this.between.linkState;
  readonly hasConnected = this.between.hasConnected;
  readonly trouble = signal("");
  /** *End for both* was pressed: nothing is sent any more, also while the server does not answer. */
  private readonly isEnding = signal(false);
  /** The transcript was stopped by its client, who may have what was said so far deleted. */
  readonly forgetting = signal<"" | "asked" | "refused">("");
  readonly leg: Leg;
  readonly chat: Chat;
  readonly captions: Captions;
  readonly notes: Notes | null;
  readonly refresh: Refresh;
  readonly watch: Watch;
  readonly screen = new Screen();
  private readonly own: OwnFacts;
  private readonly receipt: Receipt;
  readonly isTalking = computed(() => this.place.value === "joined" || this.place.value === "agreed");
  readonly saying = computed(() =>
    saying({
      place: this.place.value,
      room: this.room.value,
      link: this.linkState.value,
      hasConnected: this.hasConnected.value,
      hasRelay: this.between.hasRelay.value,
      isSocketUp: connection.value === "connected",
      refresh: this.refresh.step.value,
      found: this.refresh.found.value,
      mending: this.between.mending.value,
      otherRepair: this.between.other.value.repair,
      trouble: this.trouble.value,
      isEnding: this.isEnding.value,
    }),
  );

  private isEntering = false;
  private readonly endKey = crypto.randomUUID();
  private readonly onOver: (call: Call) => void;
  private readonly stops: (() => void)[] = [];

  constructor(sessionId: string, seat: Seat, onOver: (call: Call) => void) {
    this.sessionId = sessionId;
    this.seat = seat;
    this.onOver = onOver;
    this.leg = new Leg(sessionId);
    this.chat = new Chat(sessionId, seat, emit);
    this.captions = new Captions(sessionId);
    this.notes = seat === "therapist" ? new Notes(sessionId, emit, () => this.askNotes()) : null;
    this.refresh = new Refresh(this);
    this.own = new OwnFacts(this);
    this.watch = new Watch(this);
    this.receipt = new Receipt(this);
    this.watch.onLook((before, now, ms) => this.receipt.look(before, now, ms));
    this.stops.push(
      effect(() => this.sendWhatIsAllowed()),
      effect(() => this.carryPicture()),
      effect(() => this.recordWhatIsAgreed()),
      effect(() => this.resumeWhenConnected()),
      effect(() => this.tellOther()),
    );
  }

  /** Build the connection before the yes; holds no seat. */
  async warm(): Promise<void> {
    if (this.place.peek() === "out") this.place.value = "warming";
    const warmed = await emit("room:warm", { session_id: this.sessionId, page_id: pageId });
    if (this.place.peek() !== "warming") return;
    this.between.iceServers.value = warmed.ice_servers;
    this.own.prepared();
    this.takeRoom(warmed.room);
    if (this.seat === "therapist") void this.own.open(warmed.room);
    this.between.build(warmed.room.link);
  }

  /** The yes is acknowledged: from here both are sent. */
  agreed(): void {
    if (this.place.peek() !== "warming" && this.place.peek() !== "out") return;
    this.place.value = "agreed";
    if (this.seat === "client" && this.linkState.peek() === "connected") picture.reveal();
  }

  /** Take the seat. Also after a reload, on every reconnect, and on *Use here instead*. */
  async join(): Promise<void> {
    const joined = await emit("room:join", { session_id: this.sessionId, page_id: pageId });
    if (this.place.peek() === "ended" || this.place.peek() === "left") return;
    this.between.iceServers.value = joined.ice_servers;
    batch(() => {
      this.place.value = "joined";
      this.trouble.value = "";
      this.takeRoom(joined.room);
    });
    if (this.isOver()) return;
    if (joined.notes) this.notes?.load(joined.notes);
    this.own.seated(joined.room);
    this.between.follow(joined.room.link);
    void this.chat.resume();
    void this.notes?.flush();
  }

  /** Come into the room, however it stands: on its address, after a reload, on a reconnect, on a press. */
  async enter(): Promise<void> {
    if (this.isEntering) return;
    this.isEntering = true;
    try {
      await this.joinUntilAnswered();
    } finally {
      this.isEntering = false;
    }
  }

  private async joinUntilAnswered(): Promise<void> {
    for (;;) {
      try {
        return await this.join();
      } catch (refusal) {
        const code = codeOf(refusal);
        if (this.isOver()) return;
        if (code === "session_ended") return this.over();
        if (code === "not_agreed") {
          // Not yet yes: the therapist waits here, the client answers on their own page.
          return this.seat === "therapist" ? this.warm().catch(() => this.over()) : this.over();
        }
        if (isFinal(code)) {
          this.trouble.value = "This session cannot be opened here.";
          return;
        }
      }
      await pause(RETRY_MS);
    }
  }

  /** A copy of the room came. Older copies change nothing. */
  takeRoom(view: RoomView): void {
    noteServerTime(view.now_ms);
    const room = newer(this.room.peek(), view);
    if (room !== view || this.isOver()) return;
    this.room.value = room;
    if (room.phase === "ended") return this.over();
    const isJoined = this.place.peek() === "joined";
    // Also the page that was prepared while another of the same client said yes.
    const isHeld = isJoined || (this.seat === "client" && room.phase !== "warming" && this.place.peek() === "warming");
    if (isHeld && room.page_id !== null && room.page_id !== pageId) return this.replaced();
    const mine = this.seat === "client" ? room.transcript.client_leg : room.transcript.therapist_leg;
    this.leg.reported(mine);
    if (this.link.peek()?.number === room.link) {
      this.between.openAllWays();
      this.between.follow(room.link);
    }
    // The client's own page waits for the acknowledgement of its yes; the therapist's sees it here.
    if (this.place.peek() === "warming" && this.seat === "therapist" && room.phase !== "warming") {
      this.agreed();
      void this.enter();
    }
    if (!isJoined) return;
    this.chat.noticeSeq(room.chat_seq);
    this.between.follow(room.link);
  }

  takeSignal(link: number, incoming: Incoming): void {
    if (!this.isOver() && this.place.peek() !== "replaced") this.between.takeSignal(link, incoming);
  }

  rebuild(): Promise<void> {
    return this.between.rebuild();
  }

  mend(step: "restarting" | "rebuilding"): void {
    this.between.mend(step);
  }

  setMuted(isMuted: boolean): void {
    media.setMuted(isMuted);
    if (!isMuted && !media.microphone.peek()) void media.open({ audio: true, video: false });
  }

  async setTranscript(isOn: boolean): Promise<void> {
    const before = this.room.peek()?.transcript;
    if (!isOn) this.leg.stop();
    const isDone = await this.saidAgain(async () => {
      this.takeRoom(await emit("room:transcript", { session_id: this.sessionId, is_on: isOn }));
    });
    // It has stopped before anything is asked.
    const hasWords = before?.client_agreed && before.therapist_agreed;
    if (isDone && !isOn && hasWords && this.seat === "client") this.forgetting.value = "asked";
  }

  /** Read what the other one says, by a machine; for this person alone. */
  async setCaptions(isOn: boolean): Promise<void> {
    if (!isOn) this.captions.clear();
    await this.saidAgain(async () => {
      this.takeRoom(await emit("room:captions", { session_id: this.sessionId, page_id: pageId, is_on: isOn }));
    });
  }

  /** The client wants nothing kept of what was written so far; said until the server has answered. */
  async forget(): Promise<void> {
    this.forgetting.value = "";
    const isDone = await this.saidAgain(() => emit("room:forget", { session_id: this.sessionId }));
    if (!isDone && this.place.peek() !== "ended") this.forgetting.value = "refused";
  }

  async askMute(): Promise<void> {
    await this.saidAgain(() => emit("room:ask_mute", { session_id: this.sessionId }));
  }

  /** The therapist ends for both. Said until the server has answered; twice is one end. */
  async end(): Promise<void> {
    this.isEnding.value = true;
    await this.saidAgain(() => emit("room:end", { session_id: this.sessionId, key: this.endKey }));
    this.over();
  }

  /** The client goes; nothing is sent from this moment, and the room stays open. */
  leave(): void {
    void this.saidAgain(() => emit("room:leave", { session_id: this.sessionId, key: this.endKey }));
    this.close("left");
  }

  /** Leave quickly: silent at once; the seat stays and the other side sees that they stepped away. */
  async stepAway(): Promise<void> {
    // Closed while the seat is still ours, so that "muted, camera off" is told and stands when they come back.
    media.close();
    this.close("away");
    const body = { session_id: this.sessionId, page_id: pageId, is_away: true };
    await emit("room:away", body).catch(() => undefined);
  }

  /** Let go of everything. Idempotent. */
  close(place: "ended" | "left" | "away"): void {
    if (this.isOver()) return;
    this.receipt.close();
    batch(() => {
      this.place.value = place;
      for (const stop of this.stops.splice(0)) stop();
    });
    this.leg.stop();
    this.screen.stop();
    this.watch.close();
    this.refresh.close();
    this.own.close();
    this.chat.close();
    this.notes?.close();
    this.between.close();
    picture.carry(null);
    picture.hide();
  }

  isOver(): boolean {
    const place = this.place.peek();
    return place === "ended" || place === "left" || place === "away";
  }

  private over(): void {
    if (this.isOver()) return;
    this.close("ended");
    this.onOver(this);
  }

  /** A command was refused; some refusals change where this page stands. */
  refused(refusal: unknown): void {
    const code = codeOf(refusal);
    if (code === "session_ended") this.over();
    if (code === "seat_replaced" && this.place.peek() === "joined") this.replaced();
  }

  private replaced(): void {
    this.place.value = "replaced";
    this.leg.stop();
    this.screen.stop();
    this.between.letGo();
    picture.carry(null);
    this.own.forget();
  }

  private sendWhatIsAllowed(): void {
    const link = this.link.value;
    const isSilent = this.isEnding.value || (this.room.value?.is_chat_only ?? false);
    const may = mayUse(this.place.value, this.seat, isSilent);
    link?.sendTracks({
      audio: may.audio ? media.microphone.value : null,
      video: may.video ? media.camera.value : null,
      screen: may.audio ? this.screen.track.value : null,
    });
  }

  /** Told on every link anew, and only when something of it has changed. */
  private tellOther(): void {
    if (!this.isTalking.value) return;
    this.between.tell({
      repair: this.refresh.step.value || this.between.mending.value,
      hears: this.watch.hears.value,
      is_picture_paused: this.watch.isPicturePaused.value,
      is_showing_screen: this.screen.track.value !== null,
    });
  }

  /** The last picture stays until the new connection carries one. */
  private carryPicture(): void {
    const link = this.link.value;
    const remote = link?.remote.value;
    const state = link?.state.value;
    if (remote && (state === "connected" || !picture.element.srcObject)) picture.carry(remote);
  }

  private recordWhatIsAgreed(): void {
    const microphone = media.microphone.value;
    const servers = rtcServers(this.between.iceServers.value);
    const isWanted = !this.isEnding.value && mayRecord(this.place.value, this.room.value);
    if (microphone && isWanted) this.leg.start(microphone, servers);
    else this.leg.stop();
  }

  private resumeWhenConnected(): void {
    if (connection.value !== "connected") return;
    const place = this.place.peek();
    if (place === "joined") {
      void this.enter();
      this.between.resume();
    } else if (place === "warming" && this.link.peek() === null) {
      this.warm().catch(() => undefined);
    }
  }

  /** Say it until there is an answer. A refusal is shown in words and not repeated. */
  private async saidAgain(say: () => Promise<unknown>): Promise<boolean> {
    for (;;) {
      try {
        await say();
        return true;
      } catch (refusal) {
        const code = codeOf(refusal);
        if (code === "session_ended") {
          this.over();
          return false;
        }
        if (isFinal(code) || this.place.peek() === "ended") return false;
      }
      await pause(RETRY_MS);
    }
  }

  private async askNotes(): Promise<NotesView | null> {
    if (this.place.peek() !== "joined") return null;
    return (await emit("room:join", { session_id: this.sessionId, page_id: pageId })).notes;
  }
}

function pause(wait: number): Promise<void> {
  return new Promise((resolve) => window.setTimeout(resolve, wait));
}
