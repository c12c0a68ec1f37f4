/**
 * The recorder leg of this page: the microphone, sent once more, to the recorder by WHIP (RFC 9725).
 * Knows nothing of who agreed: `start` and `stop` are called by the room. Easy to break: the offer is posted at once
 * without candidates (waiting to gather adds 120 ms), and the track is the very one that the call sends.
 */
import { signal } from "@preact/signals";

const RETRY_MS = 1_000;
const LOST_AFTER_MS = 4_000;
/** A room view may be older than our last answer; only after this does "closed" mean our leg. */
const FRESH_MS = 3_000;

export type LegState = "off" | "dialling" | "on";

export class Leg {
  readonly state = signal<LegState>("off");

  private readonly url: string;
  private track: MediaStreamTrack | null = null;
  private servers: RTCIceServer[] = [];
  private connection: RTCPeerConnection | null = null;
  private location: string | null = null;
  private answeredAt = 0;
  private isWanted = false;
  private turn = 0;
  private timer = 0;

  constructor(sessionId: string) {
    this.url = `/api/sessions/${sessionId}/leg`;
  }

  /**
   * Record this microphone until `stop`. With another track the running leg goes on with it. Where UDP does not get
   * out, the recorder is reached through one of the relays.
   */
  start(track: MediaStreamTrack, servers: RTCIceServer[]): void {
    const previous = this.track;
    this.track = track;
    this.servers = servers;
    if (!this.isWanted) {
      this.isWanted = true;
      void this.dial();
    } else if (previous !== track) {
      this.connection?.getSenders()[0]?.replaceTrack(track).catch(() => this.redial());
    }
  }

  /** Stop recording, at both ends. */
  stop(): void {
    if (!this.isWanted) return;
    this.isWanted = false;
    window.clearTimeout(this.timer);
    this.hangUp();
    this.state.value = "off";
    const location = this.location;
    this.location = null;
    // The recorder also sees that the sending stopped; this only tells it sooner.
    if (location) fetch(location, { method: "DELETE", keepalive: true }).catch(() => undefined);
  }

  /** The room says how the recorder sees this seat's leg. */
  reported(state: "none" | "opening" | "recording" | "closed"): void {
    if (!this.isWanted || this.state.value !== "on" || state === "recording" || state === "opening") return;
    const age = performance.now() - this.answeredAt;
    if (age >= FRESH_MS) this.redial();
    else this.again(FRESH_MS - age, () => this.state.value === "on" && this.connection?.connectionState !== "connected");
  }

  private hangUp(): void {
    this.turn += 1;
    if (!this.connection) return;
    this.connection.onconnectionstatechange = null;
    this.connection.close();
    this.connection = null;
  }

  private redial(): void {
    if (!this.isWanted) return;
    void this.dial();
  }

  private again(wait: number, isNeeded: () => boolean): void {
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      if (isNeeded()) this.redial();
    }, wait);
  }

  private async dial(): Promise<void> {
    this.hangUp();
    window.clearTimeout(this.timer);
    const turn = this.turn;
    this.state.value = "dialling";
    const connection = new RTCPeerConnection({ iceServers: this.servers });
    this.connection = connection;
    try {
      await this.offer(connection, turn);
    } catch {
      // No network, the recorder away or the consent not yet readable: all three are mended by dialling again.
      if (turn === this.turn) this.again(RETRY_MS, () => this.isWanted);
    }
  }

  private async offer(connection: RTCPeerConnection, turn: number): Promise<void> {
    if (!this.track) return;
    const transceiver = connection.addTransceiver(this.track, { direction: "sendonly" });
    const opus = RTCRtpSender.getCapabilities("audio")?.codecs.filter((codec) => /opus$/i.test(codec.mimeType));
    if (opus?.length) transceiver.setCodecPreferences?.(opus);
    const offer = await connection.createOffer();
    await connection.setLocalDescription(offer);
    const response = await fetch(this.url, {
      method: "POST",
      headers: { "content-type": "application/sdp" },
      body: offer.sdp ?? "",
    });
    if (!response.ok) throw new Error(`leg refused: ${response.status}`);
    const location = response.headers.get("location");
    const sdp = await response.text();
    if (turn !== this.turn) {
      if (location && !this.isWanted) fetch(location, { method: "DELETE", keepalive: true }).catch(() => undefined);
      return;
    }
    this.location = location;
    await connection.setRemoteDescription({ type: "answer", sdp });
    this.answeredAt = performance.now();
    this.state.value = "on";
    connection.onconnectionstatechange = () => this.watch(connection);
    this.again(LOST_AFTER_MS, () => connection === this.connection && connection.connectionState !== "connected");
  }

  private watch(connection: RTCPeerConnection): void {
    if (connection !== this.connection) return;
    const state = connection.connectionState;
    if (state === "failed") this.redial();
    if (state === "disconnected") this.again(LOST_AFTER_MS, () => connection.connectionState === "disconnected");
  }
}
