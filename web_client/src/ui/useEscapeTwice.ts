/**
 * Escape twice within 600 ms leaves quickly, on every page of somebody who may not be safe at home.
 * Easy to break: a press that closes something counts for nothing else, or who closes two things in a row is gone.
 */
import { useEffect } from "preact/hooks";

import { leaveQuickly } from "../call/session";

const TWICE_WITHIN_MS = 600;
const CLOSED_FIRST = "dialog[open], .menu[open], .bubble";

export function useEscapeTwice(isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return;
    let last = -Infinity;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.repeat) return;
      const isClosing = document.querySelector(CLOSED_FIRST) !== null;
      if (!isClosing && event.timeStamp - last <= TWICE_WITHIN_MS) void leaveQuickly();
      last = isClosing ? -Infinity : event.timeStamp;
    };
    // Before anything is closed: afterwards nobody can say what this press was for.
    window.addEventListener("keydown", onKey, { capture: true });
    return () => window.removeEventListener("keydown", onKey, { capture: true });
  }, [isOn]);
}
