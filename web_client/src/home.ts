/** How things stand for a client: who is on duty, what it costs, what the wallet holds. Asked anew while it is shown. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask, type Refusal } from "./http";
import type { HomeView } from "./protocol.gen";

const REFRESH_MS = 15_000;

export const home = signal<HomeView | null>(null);
/** Why the last question had no answer, in words; what `home` holds may then be old. */
export const homeTrouble = signal("");

export async function refreshHome(): Promise<void> {
  try {
    home.value = await ask("GET /api/home");
    homeTrouble.value = "";
  } catch (refusal) {
    homeTrouble.value = (refusal as Refusal).message;
  }
}

/** Keep `home` fresh while the page that calls this is shown. */
export function useHome(): void {
  useEffect(() => {
    const refresh = () => void refreshHome();
    const refreshSeen = () => document.visibilityState === "visible" && refresh();
    refresh();
    const timer = window.setInterval(refreshSeen, REFRESH_MS);
    window.addEventListener("focus", refresh);
    return () => {
      window.clearInterval(timer);
      window.removeEventListener("focus", refresh);
    };
  }, []);
}
