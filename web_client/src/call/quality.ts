/**
 * How good the connection is, from its own statistics, as one to four bars and a plain line of details.
 * Pure but for `measure`. Easy to break: losses are counted since the last look, not since the start of the call.
 */
export interface Counts {
  received: number;
  lost: number;
  roundTripS: number | null;
  isRelayed: boolean;
}

export interface Quality {
  bars: 1 | 2 | 3 | 4;
  lossPercent: number;
  roundTripMs: number | null;
  isRelayed: boolean;
}

export function quality(before: Counts | null, now: Counts): Quality {
  const received = now.received - (before?.received ?? 0);
  const lost = Math.max(0, now.lost - (before?.lost ?? 0));
  const lossPercent = received + lost > 0 ? (100 * lost) / (received + lost) : 0;
  const roundTripMs = now.roundTripS === null ? null : now.roundTripS * 1000;
  return { bars: bars(lossPercent, roundTripMs ?? 0), lossPercent, roundTripMs, isRelayed: now.isRelayed };
}

function bars(lossPercent: number, roundTripMs: number): Quality["bars"] {
  if (lossPercent > 12 || roundTripMs > 900) return 1;
  if (lossPercent > 5 || roundTripMs > 450) return 2;
  if (lossPercent > 1.5 || roundTripMs > 220) return 3;
  return 4;
}

export async function measure(connection: RTCPeerConnection): Promise<Counts> {
  const counts: Counts = { received: 0, lost: 0, roundTripS: null, isRelayed: false };
  const report = await connection.getStats();
  report.forEach((entry) => {
    if (entry.type === "inbound-rtp") {
      counts.received += entry.packetsReceived ?? 0;
      counts.lost += entry.packetsLost ?? 0;
    }
    if (entry.type === "transport" && entry.selectedCandidatePairId) {
      const pair = report.get(entry.selectedCandidatePairId);
      counts.roundTripS = pair?.currentRoundTripTime ?? null;
      counts.isRelayed = [pair?.localCandidateId, pair?.remoteCandidateId].some(
        (id) => report.get(id)?.candidateType === "relay",
      );
    }
  });
  return counts;
}
