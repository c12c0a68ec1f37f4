/**
 * What lies between the two pages: today's link, the signals for it, and its mending by itself.
 * Knows no tracks and no page. Easy to break: a link number comes from the server alone; a page never counts it up,
 * it asks for the next one.
 */
import { computed, effect, signal } from "@preact/signals";

import type { IceServer, RoomView, Seat, SignalView, Told } from "../protocol.gen";
import { doubt, emit } from "../socket";
import { connection } from "../state";
import { fate, hasRelay, Link } from "./link";
import { pageId } from "./page_id";
import { codeOf } from "./refusal";
import { automaticStep, type RepairStep } from "./refresh_step";
import type { Place } from "./sending";
import { otherOf } from "./sentences";

const REBUILD_EVERY_MS = 3_000;
const EARLY_MAX = 96;

export type Incoming = SignalView["signal"];

const NOTHING_TOLD: Told = { kind: "told", repair: "", hears: "", is_picture_paused: false, is_showing_screen: false };

interface Room {
  readonly sessionId: string;
  readonly seat: Seat;
  readonly room: { peek(): RoomView | null };
  readonly place: { peek(): Place };
  takeRoom(view: RoomView): void;
}

export class Between {
  readonly link = signal<Link | null>(null);
  readonly linkState = computed(() => this.link.value?.state.value ?? "new");
  readonly hasConnected = signal(false);
  /** What is being done by itself for a connection that is gone. */
  readonly mending = signal<RepairStep>("");
  /** What the other page says of itself on this link. */
  readonly other = signal<Told>(NOTHING_TOLD);
  readonly iceServers = signal<IceServer[]>([]);
  readonly hasRelay = computed(() => hasRelay(this.iceServers.value));

  private readonly of: Room;
  private readonly stop: () => void;
  private early: { link: number; signal: Incoming }[] = [];
  private rebuiltAt = -REBUILD_EVERY_MS;
  private failedLinks = 0;
  private isViaRelay = false;
  private lastTold = "";

  constructor(room: Room) {
    this.of = room;
    this.stop = effect(() => {
      if (this.linkState.value === "connected") this.isUp();
      // The network may have gone from under the socket too, which would not notice for twenty seconds.
      if (this.linkState.value === "disconnected") void doubt();
    });
  }

  /** The room says which link counts now. */
  follow(number: number): void {
    const current = this.link.peek();
    if (fate(current?.number ?? null, number) === "build") this.build(number);
    else if (current?.number === number) current.nudge();
  }

  build(number: number): void {
    const current = this.link.peek();
    if (current && current.number >= number && current.state.peek() !== "closed") return;
    current?.close();
    const link = new Link({
      number,
      isOffering: this.of.seat === "therapist",
      iceServers: this.iceServers.peek(),
      isRelayOnly: this.mustRelay(),
      send: (from, outgoing) => this.send(from, outgoing),
      askRebuild: (from) => {
        if (from === this.link.peek()?.number) this.mend("rebuilding");
      },
      onRestart: () => (this.mending.value = "restarting"),
    });
    this.other.value = NOTHING_TOLD;
    this.lastTold = JSON.stringify(NOTHING_TOLD);
    this.link.value = link;
    for (const kept of this.early.splice(0)) if (kept.link === number) this.give(link, kept.signal);
  }

  takeSignal(number: number, incoming: Incoming): void {
    const current = this.link.peek();
    if (!current) {
      // The other page was quicker than our own answer from the server; kept until the link is built.
      const kept = this.early.filter((one) => one.link >= number);
      this.early = [...kept, { link: number, signal: incoming }].slice(-EARLY_MAX);
      return;
    }
    const what = fate(current.number, number);
    if (what === "build") this.build(number);
    const link = this.link.peek();
    if (what !== "drop" && link) this.give(link, incoming);
  }

  /** Ask for the next link. Harmless however often: the server is asked at most every three seconds. */
  async rebuild(): Promise<void> {
    const link = this.link.peek();
    if (!link || !this.mayRebuild()) return;
    this.rebuiltAt = performance.now();
    try {
      const body = { session_id: this.of.sessionId, page_id: pageId, link: link.number };
      this.of.takeRoom(await emit("room:rebuild", body));
    } catch {
      // Refused before the yes, or no answer: the link's own timer asks again while it stays broken.
    }
  }

  /** From the next link on only through a relay: other ways were tried and carry nothing. */
  viaRelay(): void {
    this.isViaRelay = true;
  }

  /** The room allows it now: the other ways too, on the link that stands. Repeating it changes nothing. */
  openAllWays(): void {
    if (!this.mustRelay()) this.link.peek()?.openAllWays();
  }

  /** The connection is gone, or stands and carries nothing: the next step by itself. */
  mend(step: "restarting" | "rebuilding"): void {
    if (!this.isOtherThere()) return;
    if (step === "restarting" && this.link.peek()?.restart()) {
      this.mending.value = "restarting";
      return;
    }
    if (this.hasConnected.peek()) this.mending.value = automaticStep(this.failedLinks, this.hasRelay.peek());
    if (this.mending.peek() === "relaying") this.viaRelay();
    if (this.mayRebuild()) this.failedLinks += 1;
    void this.rebuild();
  }

  /** The server is there again: what could not be said meanwhile about a broken connection is said now. */
  resume(): void {
    const state = this.linkState.peek();
    if (state === "disconnected") this.link.peek()?.restart();
    if (state === "failed") this.mend("rebuilding");
  }

  /** Tell the other page about this one: on every link anew, and only when something of it has changed. */
  tell(told: Omit<Told, "kind">): void {
    const link = this.link.value;
    const text = JSON.stringify({ kind: "told", ...told } satisfies Told);
    if (!link || connection.value !== "connected" || text === this.lastTold) return;
    this.lastTold = text;
    this.send(link.number, { kind: "told", ...told });
  }

  /** Another page has the seat. */
  letGo(): void {
    this.link.peek()?.close();
    this.link.value = null;
  }

  close(): void {
    this.stop();
    this.link.peek()?.close();
  }

  /** The server lets only relays through, before the yes and where the client chose so; or nothing else carried. */
  private mustRelay(): boolean {
    return this.of.room.peek()?.is_relay_only === true || (this.isViaRelay && this.hasRelay.peek());
  }

  private mayRebuild(): boolean {
    return performance.now() - this.rebuiltAt >= REBUILD_EVERY_MS && connection.peek() === "connected";
  }

  private isUp(): void {
    this.failedLinks = 0;
    this.mending.value = "";
    this.hasConnected.value = true;
  }

  private isOtherThere(): boolean {
    const room = this.of.room.peek();
    return room !== null && (this.of.place.peek() === "warming" || otherOf(room).is_present);
  }

  private give(link: Link, incoming: Incoming): void {
    if (incoming.kind === "told") this.other.value = incoming;
    else link.receive(incoming);
  }

  private send(link: number, outgoing: Incoming): void {
    const body = { session_id: this.of.sessionId, page_id: pageId, link, signal: outgoing };
    emit("room:signal", body).catch((refusal: unknown) => {
      const code = codeOf(refusal);
      // This link had its share of descriptions; a new one starts with a full count.
      if (outgoing.kind === "description" && (code === "limited" || code === "too_often")) void this.rebuild();
    });
  }
}
