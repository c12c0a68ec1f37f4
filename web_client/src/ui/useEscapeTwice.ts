/** Escape twice within 600 ms leaves quickly, on every page of somebody who may not be safe at home. */
import { useEffect } from "preact/hooks";

import { leaveQuickly } from "../call/session";

const TWICE_WITHIN_MS = 600;

export function useEscapeTwice(isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return;
    let last = -Infinity;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.repeat) return;
      if (event.timeStamp - last <= TWICE_WITHIN_MS) void leaveQuickly();
      last = event.timeStamp;
    };
    window.addEventListener("keydown", onKey, { capture: true });
    return () => window.removeEventListener("keydown", onKey, { capture: true });
  }, [isOn]);
}
