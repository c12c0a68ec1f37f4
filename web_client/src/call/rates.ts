/**
 * Voice before picture: how much of the picture is sent, a step down when the voice suffers and slowly up again.
 * Pure. Easy to break: the browser's own estimate is of no use while no picture flows, so the way out of a pause is
 * judged by losses alone.
 */
import type { Counts } from "./quality";

export const LEVELS = ["full", "half", "small", "paused"] as const;
export type PictureLevel = (typeof LEVELS)[number];

export const VOICE_BPS = 40_000;
/** The picture at each level: bits a second, how many times smaller each side, pictures a second. */
export const PICTURE: Record<PictureLevel, { bps: number; smaller: number; fps: number }> = {
  full: { bps: 1_200_000, smaller: 1, fps: 30 },
  half: { bps: 400_000, smaller: 2, fps: 20 },
  small: { bps: 120_000, smaller: 4, fps: 10 },
  paused: { bps: 120_000, smaller: 4, fps: 10 },
};

const LOSS_BAD = 0.08;
const LOSS_GOOD = 0.02;
/** Less than this does not carry a picture beside a voice. */
const TIGHT_BPS = 100_000;
const DOWN_AFTER = 2;
const UP_AFTER = 5;

export interface Ladder {
  level: PictureLevel;
  bad: number;
  good: number;
}

export const TOP: Ladder = { level: "full", bad: 0, good: 0 };

/** The ladder after one more look. `isLowData`: never more than the small picture. */
export function climb(ladder: Ladder, look: Pick<Counts, "lostThere" | "canSend">, isLowData: boolean): Ladder {
  const best = isLowData ? LEVELS.indexOf("small") : 0;
  const at = Math.max(LEVELS.indexOf(ladder.level), best);
  const level = LEVELS[at] ?? "small";
  const isTight = level !== "paused" && look.canSend !== null && look.canSend < TIGHT_BPS;
  const loss = look.lostThere ?? 0;
  const bad = loss > LOSS_BAD || isTight ? ladder.bad + 1 : 0;
  const good = loss < LOSS_GOOD && !isTight ? ladder.good + 1 : 0;
  if (bad >= DOWN_AFTER) return { level: LEVELS[Math.min(at + 1, LEVELS.length - 1)] ?? level, bad: 0, good: 0 };
  if (good >= UP_AFTER && at > best) return { level: LEVELS[at - 1] ?? level, bad: 0, good: 0 };
  return { level, bad, good };
}
