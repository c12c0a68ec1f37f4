/** A ring that runs out. It moves once a second; readers hear of it at 30 and at 10 seconds only. */
import { useRef } from "preact/hooks";

import { secondsTick } from "../call/clock";

const LATE_S = 10;
const HALFWAY_S = 30;

export function Countdown({ untilMs, size, isSpoken = false }: {
  untilMs: number | null;
  size: string;
  isSpoken?: boolean;
}) {
  const leftS = untilMs === null ? 0 : Math.max(0, Math.ceil((untilMs - secondsTick.value) / 1000));
  const most = useRef(1);
  most.current = Math.max(most.current, leftS, 60);
  if (untilMs === null) return null;
  const spoken = leftS <= LATE_S ? "10 seconds left" : leftS <= HALFWAY_S ? "30 seconds left" : "";
  return (
    <>
      <span
        class={leftS <= LATE_S ? "ring ring--late" : "ring"}
        style={{ "--left": (leftS / most.current).toFixed(3), "--size": size }}
        role="timer"
        aria-label={`${leftS} seconds left`}
      >
        <svg viewBox="0 0 64 64" aria-hidden="true">
          <circle cx="32" cy="32" r="28" pathLength="1" />
          <circle cx="32" cy="32" r="28" pathLength="1" />
        </svg>
        <b aria-hidden="true">{leftS}</b>
      </span>
      {isSpoken && (
        <span class="sr" role="status">
          {spoken}
        </span>
      )}
    </>
  );
}
