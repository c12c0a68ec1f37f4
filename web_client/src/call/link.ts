/**
 * One browser-to-browser connection, for one link number of one room. A higher number is a new Link.
 * Knows nothing of rooms, pages or consent: it is told which tracks to send.
 * Easy to break: only the therapist's page adds transceivers and makes the first offer; the client's sets
 * `direction` on the offered ones before it answers. If both added, media would run one way.
 * Negotiation is the "perfect negotiation" of the WebRTC specification (section 10.7), the client polite.
 */
import { signal } from "@preact/signals";

import type { Candidate, Description, IceServer } from "../protocol.gen";
import { PICTURE, type PictureLevel, VOICE_BPS } from "./rates";

const RESTART_AFTER_MS = 3_000;
const REBUILD_AFTER_MS = 15_000;
/** An offer nobody answered is sent again: the other page may not have been listening yet. */
const OFFER_AGAIN_MS = [600, 1_500, 4_000, 8_000];
const NUDGE_AFTER_MS = 100;
/** A first picture this much smaller on each side is encoded and through at once, also before the line is known. */
const FIRST_SMALLER = 4;
const FIRST_MS = 600;
/** The server takes ten descriptions of one page on one link; a few are left for answers. */
const RESTARTS_MAX = 3;

export type LinkState = "new" | "connecting" | "connected" | "disconnected" | "failed" | "closed";
export type LinkSignal = Description | Candidate;

/** What is sent on the three transceivers, in their order. */
export interface Tracks {
  audio: MediaStreamTrack | null;
  video: MediaStreamTrack | null;
  screen: MediaStreamTrack | null;
}

const KINDS = ["audio", "video", "screen"] as const;

export interface LinkOptions {
  number: number;
  isOffering: boolean;
  iceServers: IceServer[];
  isRelayOnly: boolean;
  send: (link: number, signal: LinkSignal) => void;
  /** The connection cannot be mended on this link. May be called again while it stays so. */
  askRebuild: (link: number) => void;
  /** A new way is being looked for, by itself. */
  onRestart: (link: number) => void;
}

export function hasRelay(servers: IceServer[]): boolean {
  return servers.some((server) => server.urls.some((url) => /^turns?:/.test(url)));
}

/** The servers as a browser takes them: one without credentials must not carry empty ones. */
export function rtcServers(servers: IceServer[]): RTCIceServer[] {
  return servers.map(({ urls, username, credential }) => (username ? { urls, username, credential } : { urls }));
}

/** Which of an arriving signal's links to act on: a page that sees a higher one builds a new connection. */
export function fate(current: number | null, arriving: number): "drop" | "use" | "build" {
  if (current === null || arriving > current) return "build";
  return arriving === current ? "use" : "drop";
}

export class Link {
  readonly number: number;
  readonly state = signal<LinkState>("new");
  /** What the other side sends, made from `receiver.track`; null until there are transceivers. */
  readonly remote = signal<MediaStream | null>(null);
  /** The screen of the other side; pictures come only while it is shown. */
  readonly remoteScreen = signal<MediaStream | null>(null);
  readonly connection: RTCPeerConnection;

  private readonly options: LinkOptions;
  private senders: Record<keyof Tracks, RTCRtpSender> | null = null;
  private wished: Tracks = { audio: null, video: null, screen: null };
  private picture: PictureLevel = "full";
  private first: "awaited" | "shown" | "over" = "awaited";
  private isMakingOffer = false;
  private isIgnoringOffer = false;
  private isRelayOnly: boolean;
  private restarts = 0;
  private offeredAt = 0;
  private hasAnswer = false;
  private rebuildTimer = 0;
  private timers = new Set<number>();
  private inbox: Promise<void> = Promise.resolve();
  private early: RTCIceCandidateInit[] = [];

  constructor(options: LinkOptions) {
    this.options = options;
    this.number = options.number;
    this.isRelayOnly = options.isRelayOnly;
    this.connection = new RTCPeerConnection(this.configuration());
    this.connection.onnegotiationneeded = () => void this.offer();
    this.connection.onicecandidate = ({ candidate }) => this.sendCandidate(candidate);
    this.connection.onconnectionstatechange = () => this.watch();
    if (options.isOffering) {
      this.connection.addTransceiver("audio", { direction: "sendrecv" });
      this.connection.addTransceiver("video", { direction: "sendrecv" });
      this.connection.addTransceiver("video", { direction: "sendrecv" });
      this.adopt();
      OFFER_AGAIN_MS.forEach((wait) => this.later(wait, () => this.offerAgain()));
    }
    this.armRebuild();
  }

  /** Send these tracks from now on; null sends nothing. Repeating it changes nothing. */
  sendTracks(tracks: Tracks): void {
    this.wished = tracks;
    this.sendAgain();
  }

  /** Look whether each sender still has what it should send. */
  sendAgain(): void {
    if (!this.senders) return;
    for (const kind of KINDS) {
      const sender = this.senders[kind];
      // A closed connection refuses; its successor is given the same tracks.
      if (sender.track !== this.wished[kind]) sender.replaceTrack(this.wished[kind]).catch(() => undefined);
    }
    this.timeFirst();
  }

  /** How much of the own picture is sent, so that the voice gets through. Repeating it changes nothing. */
  setPicture(level: PictureLevel): void {
    if (level === this.picture) return;
    this.picture = level;
    this.shape();
  }

  receive(incoming: LinkSignal): void {
    this.inbox = this.inbox.then(() => this.handle(incoming)).catch(() => this.options.askRebuild(this.number));
  }

  /** From relay only to all ways, once the client has said yes. */
  openAllWays(): void {
    if (!this.isRelayOnly) return;
    this.isRelayOnly = false;
    this.connection.setConfiguration(this.configuration());
    if (this.options.isOffering) this.connection.restartIce();
  }

  /** Look for a new way between the two, keeping the link. False when this link had its share of them. */
  restart(): boolean {
    if (this.restarts >= RESTARTS_MAX || this.connection.signalingState === "closed") return false;
    this.restarts += 1;
    // An offer that nobody answered was lost on the way: another cannot be made before it is answered.
    if (this.connection.signalingState === "have-local-offer") this.sendDescription();
    else this.connection.restartIce();
    return true;
  }

  close(): void {
    for (const timer of this.timers) window.clearTimeout(timer);
    this.timers.clear();
    this.connection.onconnectionstatechange = null;
    this.connection.onicecandidate = null;
    this.connection.onnegotiationneeded = null;
    this.connection.close();
    this.state.value = "closed";
  }

  private configuration(): RTCConfiguration {
    return {
      iceServers: rtcServers(this.options.iceServers),
      iceTransportPolicy: this.isRelayOnly ? "relay" : "all",
      bundlePolicy: "max-bundle",
    };
  }

  private later(wait: number, act: () => void): number {
    const timer = window.setTimeout(() => {
      this.timers.delete(timer);
      act();
    }, wait);
    this.timers.add(timer);
    return timer;
  }

  /** Audio, video, screen, in the order in which the therapist's page made them. */
  private adopt(): void {
    const [audio, video, screen] = this.connection.getTransceivers();
    if (!audio || !video || !screen) return;
    this.senders = { audio: audio.sender, video: video.sender, screen: screen.sender };
    this.remote.value = new MediaStream([audio.receiver.track, video.receiver.track]);
    this.remoteScreen.value = new MediaStream([screen.receiver.track]);
    this.sendAgain();
  }

  /** The first picture is small so that it is there at once: a large one waits for an estimate of the line. */
  private timeFirst(): void {
    if (this.first !== "awaited" || !this.wished.video || this.connection.connectionState !== "connected") return;
    this.first = "shown";
    this.later(FIRST_MS, () => {
      this.first = "over";
      this.shape();
    });
  }

  /** The voice first in every queue on the way, the picture as large as its level allows. */
  private shape(): void {
    if (!this.senders) return;
    const { bps, smaller, fps } = PICTURE[this.picture];
    setEncoding(this.senders.audio, { priority: "high", networkPriority: "high", maxBitrate: VOICE_BPS });
    setEncoding(this.senders.video, {
      active: this.picture !== "paused",
      priority: "low",
      networkPriority: "low",
      maxBitrate: bps,
      maxFramerate: fps,
      scaleResolutionDownBy: this.first === "over" ? smaller : Math.max(smaller, FIRST_SMALLER),
    });
  }

  private async offer(): Promise<void> {
    // Before the first offer has come, the client's page has nothing of its own to negotiate.
    if (!this.options.isOffering && !this.senders) return;
    try {
      this.isMakingOffer = true;
      await this.connection.setLocalDescription();
      this.sendDescription();
    } catch {
      // The connection was closed meanwhile, or glare is being settled: a new negotiation is asked for by itself.
    } finally {
      this.isMakingOffer = false;
    }
  }

  /** Something changed in the room: the other page may only now be listening. */
  nudge(): void {
    if (performance.now() - this.offeredAt >= NUDGE_AFTER_MS) this.offerAgain();
  }

  private offerAgain(): void {
    if (!this.hasAnswer && this.connection.signalingState === "have-local-offer") this.sendDescription();
  }

  private sendDescription(): void {
    const description = this.connection.localDescription;
    if (!description || (description.type !== "offer" && description.type !== "answer")) return;
    this.offeredAt = performance.now();
    this.options.send(this.number, { kind: "description", type: description.type, sdp: description.sdp });
  }

  private sendCandidate(candidate: RTCIceCandidate | null): void {
    if (!candidate?.candidate) return;
    this.options.send(this.number, {
      kind: "candidate",
      candidate: candidate.candidate,
      mid: candidate.sdpMid,
      line: candidate.sdpMLineIndex,
      ufrag: candidate.usernameFragment,
    });
  }

  private async handle(incoming: LinkSignal): Promise<void> {
    if (this.connection.signalingState === "closed") return;
    if (incoming.kind === "candidate") await this.addCandidate(incoming);
    else if (incoming.type === "offer") await this.takeOffer(incoming);
    else await this.takeAnswer(incoming);
  }

  private async takeOffer(offer: Description): Promise<void> {
    const isGlare = this.isMakingOffer || this.connection.signalingState !== "stable";
    this.isIgnoringOffer = this.options.isOffering && isGlare;
    if (this.isIgnoringOffer) return;
    await this.connection.setRemoteDescription({ type: "offer", sdp: offer.sdp });
    if (!this.options.isOffering) {
      for (const transceiver of this.connection.getTransceivers()) transceiver.direction = "sendrecv";
      if (!this.senders) this.adopt();
    }
    await this.addEarly();
    await this.connection.setLocalDescription();
    this.sendDescription();
  }

  private async takeAnswer(answer: Description): Promise<void> {
    // An offer that was sent twice is answered twice; the second answer finds nothing to settle.
    if (this.connection.signalingState !== "have-local-offer") return;
    this.hasAnswer = true;
    await this.connection.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    await this.addEarly();
  }

  private async addCandidate(incoming: Candidate): Promise<void> {
    const candidate: RTCIceCandidateInit = {
      candidate: incoming.candidate,
      sdpMid: incoming.mid,
      sdpMLineIndex: incoming.line,
      usernameFragment: incoming.ufrag,
    };
    if (!this.connection.remoteDescription) {
      this.early.push(candidate);
      return;
    }
    // A candidate of an offer that glare made us ignore, or of a past restart, does not concern this negotiation.
    await this.connection.addIceCandidate(candidate).catch(() => undefined);
  }

  private async addEarly(): Promise<void> {
    for (const candidate of this.early.splice(0)) {
      await this.connection.addIceCandidate(candidate).catch(() => undefined);
    }
  }

  private watch(): void {
    const state = this.connection.connectionState;
    this.state.value = state;
    if (state === "connected") {
      this.shape();
      this.timeFirst();
    }
    if (state === "failed") this.options.askRebuild(this.number);
    if (state === "disconnected") {
      this.later(RESTART_AFTER_MS, () => {
        if (this.connection.connectionState === "disconnected" && this.restart()) this.options.onRestart(this.number);
      });
      this.armRebuild();
    }
  }

  /** Once a state other than connected has lasted, and again for as long as it lasts. */
  private armRebuild(): void {
    window.clearTimeout(this.rebuildTimer);
    this.timers.delete(this.rebuildTimer);
    this.rebuildTimer = this.later(REBUILD_AFTER_MS, () => {
      if (this.connection.connectionState === "connected") return;
      this.options.askRebuild(this.number);
      this.armRebuild();
    });
  }
}

function setEncoding(sender: RTCRtpSender, wished: RTCRtpEncodingParameters): void {
  const parameters = sender.getParameters();
  const [encoding] = parameters.encodings ?? [];
  if (!encoding) return;
  Object.assign(encoding, wished);
  // A browser that knows one of these less sends as before; the call needs none of them.
  sender.setParameters(parameters).catch(() => undefined);
}
