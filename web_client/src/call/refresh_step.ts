/** How far a press of *Refresh* goes. Pure. */

/** A press within this time of the last one goes one step further. */
export const FURTHER_WITHIN_MS = 20_000;

export const STEPS = ["looking", "restarting", "rebuilding"] as const;

/** Which step a press takes: further each time, and past what cannot help a broken connection. */
export function nextStep(level: number, sinceLastMs: number, isConnected: boolean): number {
  const further = sinceLastMs < FURTHER_WITHIN_MS ? Math.min(level + 1, STEPS.length - 1) : 0;
  return isConnected ? further : Math.max(further, 1);
}
