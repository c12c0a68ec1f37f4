/** What a device check found, in sentences and as a report for support. Pure. */
import type { Reached } from "../../call/reach";

export interface Finding {
  tone: "good" | "warn" | "bad";
  text: string;
}

const SLOW_MS = 400;

export function network(found: Reached): Finding[] {
  const findings: Finding[] = [];
  findings.push(
    found.serverMs > SLOW_MS
      ? { tone: "warn", text: `Our server answers slowly: ${found.serverMs} ms. A call may begin late.` }
      : { tone: "good", text: `Our server answers in ${found.serverMs} ms.` },
  );
  if (found.relays && found.relays.length > 0) {
    findings.push({ tone: "good", text: `A relay answers over ${found.relays.join(", ").toUpperCase()}: strict networks are no obstacle.` });
  } else if (found.relays) {
    findings.push({
      tone: "bad",
      text: "No relay answers from this network. A call may find no way; another network, such as mobile data, may help.",
    });
  }
  if (!found.isDirect && !found.relays?.length) {
    findings.push({ tone: "bad", text: "This browser found no address to be called at. A privacy setting or extension may block calls." });
  } else if (found.isSeenOutside === false && !found.relays?.length) {
    findings.push({ tone: "warn", text: "Calls over UDP do not get out of this network." });
  } else {
    findings.push({ tone: "good", text: "This browser may make calls." });
  }
  return findings;
}

export interface Facts {
  atMs: number;
  browser: string;
  /** As the browser says it: granted, denied, prompt; empty when it does not say. */
  permissions: { camera: string; microphone: string };
  camera: string;
  microphone: string;
  wasHeard: boolean;
  speaker: "not tried" | "heard" | "not heard";
  trouble: string;
  network: Reached | null;
}

/** Lines for support: nothing of any session, no address of this machine. */
export function report(facts: Facts): string {
  const { network: found, permissions } = facts;
  const allowed = (["camera", "microphone"] as const).map((one) => `${one} ${permissions[one] || "unknown"}`);
  return [
    `Device check, ${new Date(facts.atMs).toISOString()}`,
    `Browser: ${facts.browser}`,
    `Permission: ${allowed.join(", ")}`,
    `Camera: ${facts.camera || "none"}`,
    `Microphone: ${facts.microphone || "none"}, ${facts.wasHeard ? "heard" : "nothing heard"}`,
    `Speaker: ${facts.speaker}`,
    facts.trouble && `Trouble: ${facts.trouble}`,
    found
      ? `Network: server ${found.serverMs} ms, own address ${found.isDirect ? "yes" : "no"}, seen outside ${
          found.isSeenOutside === null ? "not asked" : found.isSeenOutside ? "yes" : "no"
        }, relay ${found.relays === null ? "not set up" : found.relays.join(" ") || "none"}`
      : "Network: not checked",
  ]
    .filter(Boolean)
    .join("\n");
}
