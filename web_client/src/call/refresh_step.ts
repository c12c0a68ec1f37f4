/** How far *Refresh* goes, and in which order. Pure. */

/** A press within this time of the last one goes one step further. */
export const FURTHER_WITHIN_MS = 20_000;

/** Devices and tracks; a new way on the same link; a new connection; the same through a relay; then chat and phone. */
export const STEPS = ["looking", "restarting", "rebuilding", "relaying"] as const;

export type Step = (typeof STEPS)[number];
export type RepairStep = "" | Step | "writing" | "done";

/** Which step a press begins with: further each time, and past what cannot help a broken connection. */
export function nextStep(level: number, sinceLastMs: number, isConnected: boolean): number {
  const further = sinceLastMs < FURTHER_WITHIN_MS ? Math.min(level + 1, STEPS.length - 1) : 0;
  return isConnected ? further : Math.max(further, 1);
}

/** What is done by itself for a connection that is gone, by how many new ones have not come about since. */
export function automaticStep(failedLinks: number, hasRelay: boolean): "rebuilding" | "relaying" | "writing" {
  if (failedLinks < 2) return "rebuilding";
  return hasRelay && failedLinks === 2 ? "relaying" : "writing";
}
