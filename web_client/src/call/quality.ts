/**
 * How good the connection is, from its own statistics: bars, what is heard here, and a plain line of details.
 * Pure but for `measure`. Easy to break: everything is counted since the last look, not since the start of the call.
 */
import type { Told } from "../protocol.gen";

export interface Flow {
  received: number;
  lost: number;
}

export interface Counts {
  audio: Flow;
  video: Flow;
  /** Samples of sound that were played, and of these the ones made up for a loss. */
  samples: number;
  concealed: number;
  freezes: number;
  freezeS: number;
  roundTripS: number | null;
  isRelayed: boolean;
  /** Share of what we send that the other side reports lost; null before its first report. */
  lostThere: number | null;
  /** What the browser believes it can send, in bits a second; null before it has measured. */
  canSend: number | null;
}

export interface Quality {
  bars: 1 | 2 | 3 | 4;
  lossPercent: number;
  roundTripMs: number | null;
  isRelayed: boolean;
}

const GAPS_FROM = 0.08;

export function noCounts(): Counts {
  return {
    audio: { received: 0, lost: 0 },
    video: { received: 0, lost: 0 },
    samples: 0,
    concealed: 0,
    freezes: 0,
    freezeS: 0,
    roundTripS: null,
    isRelayed: false,
    lostThere: null,
    canSend: null,
  };
}

/** What was added since the look before; a counter that went back belongs to a new stream and counts from zero. */
export function since(before: number, now: number): number {
  return now >= before ? now - before : now;
}

export function quality(before: Counts | null, now: Counts): Quality {
  const earlier = before ?? noCounts();
  const received =
    since(earlier.audio.received, now.audio.received) + since(earlier.video.received, now.video.received);
  const lost = Math.max(0, now.audio.lost + now.video.lost - earlier.audio.lost - earlier.video.lost);
  const lossPercent = received + lost > 0 ? (100 * lost) / (received + lost) : 0;
  const roundTripMs = now.roundTripS === null ? null : now.roundTripS * 1000;
  const worst = Math.max(lossPercent, 100 * (now.lostThere ?? 0));
  return { bars: bars(worst, roundTripMs ?? 0), lossPercent, roundTripMs, isRelayed: now.isRelayed };
}

function bars(lossPercent: number, roundTripMs: number): Quality["bars"] {
  if (lossPercent > 12 || roundTripMs > 900) return 1;
  if (lossPercent > 5 || roundTripMs > 450) return 2;
  if (lossPercent > 1.5 || roundTripMs > 220) return 3;
  return 4;
}

/** How the other person's sound arrived since the look before. */
export function hearing(before: Counts, now: Counts): Exclude<Told["hears"], ""> {
  if (since(before.audio.received, now.audio.received) === 0) return "nothing";
  const samples = since(before.samples, now.samples);
  const concealed = Math.max(0, now.concealed - before.concealed);
  return samples > 0 && concealed / samples > GAPS_FROM ? "gaps" : "well";
}

export async function measure(connection: RTCPeerConnection): Promise<Counts> {
  const counts = noCounts();
  const report = await connection.getStats();
  report.forEach((entry) => {
    if (entry.type === "inbound-rtp") addInbound(counts, entry);
    if (entry.type === "remote-inbound-rtp" && entry.kind === "audio") counts.lostThere = entry.fractionLost ?? null;
    // Firefox has no report of the transport and says on the pair itself that it is the one.
    const isPair = entry.type === "candidate-pair" && entry.selected === true;
    if (isPair || (entry.type === "transport" && entry.selectedCandidatePairId)) {
      const pair = isPair ? entry : report.get(entry.selectedCandidatePairId);
      counts.roundTripS = pair?.currentRoundTripTime ?? null;
      counts.canSend = pair?.availableOutgoingBitrate ?? null;
      counts.isRelayed = [pair?.localCandidateId, pair?.remoteCandidateId].some(
        (id) => report.get(id)?.candidateType === "relay",
      );
    }
  });
  return counts;
}

function addInbound(counts: Counts, entry: Record<string, number | string | undefined>): void {
  const count = (name: string): number => Number(entry[name] ?? 0);
  const flow = entry.kind === "audio" ? counts.audio : counts.video;
  flow.received += count("packetsReceived");
  flow.lost += Math.max(0, count("packetsLost"));
  if (entry.kind === "audio") {
    counts.samples += count("totalSamplesReceived");
    // What was made up during silence nobody misses.
    counts.concealed += Math.max(0, count("concealedSamples") - count("silentConcealedSamples"));
  } else {
    counts.freezes += count("freezeCount");
    counts.freezeS += count("totalFreezesDuration");
  }
}
