/**
 * Whether a call could get out of this network: the server, the way straight, and the relay if there is one.
 * Knows no page. Easy to break: a browser that gathers nothing says so only by never ending, so there is a deadline.
 */
import { ask } from "../http";
import type { IceServer } from "../protocol.gen";
import { hasRelay, rtcServers } from "./link";

const GATHER_MS = 5_000;

export interface Reached {
  /** How long the server took to answer. */
  serverMs: number;
  /** This browser found an address of its own to be called at. */
  isDirect: boolean;
  /** Its address as the internet sees it, so that UDP gets out. Null: nobody to ask is set up. */
  isSeenOutside: boolean | null;
  /** The ways on which a relay answered: udp, tcp, tls. Null: no relay is set up. */
  relays: string[] | null;
}

/** What was gathered, as candidates; also when some never come. */
async function gather(servers: IceServer[]): Promise<RTCIceCandidate[]> {
  const connection = new RTCPeerConnection({ iceServers: rtcServers(servers) });
  const found: RTCIceCandidate[] = [];
  try {
    connection.createDataChannel("check");
    const isDone = new Promise<void>((resolve) => {
      connection.onicecandidate = ({ candidate }) => (candidate ? found.push(candidate) : resolve());
      window.setTimeout(resolve, GATHER_MS);
    });
    await connection.setLocalDescription();
    await isDone;
  } finally {
    connection.close();
  }
  return found.filter((one) => one.candidate !== "");
}

/** Rejects when the server cannot be reached. */
export async function reach(): Promise<Reached> {
  const started = performance.now();
  const { ice_servers: servers } = await ask("GET /api/check");
  const serverMs = Math.round(performance.now() - started);
  const found = await gather(servers);
  const hasStun = servers.some((server) => server.urls.some((url) => url.startsWith("stun")));
  const ways = found.filter((one) => one.type === "relay").map((one) => relayWay(one));
  return {
    serverMs,
    isDirect: found.some((one) => one.type === "host"),
    isSeenOutside: hasStun ? found.some((one) => one.type === "srflx") : null,
    relays: hasRelay(servers) ? [...new Set(ways)].sort() : null,
  };
}

/** How the relay itself was reached; browsers that do not say answer "udp" in the candidate's own protocol. */
function relayWay(candidate: RTCIceCandidate): string {
  return (candidate as { relayProtocol?: string }).relayProtocol ?? candidate.protocol ?? "udp";
}
