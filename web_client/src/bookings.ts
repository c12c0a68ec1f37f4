/** One's own bookings, kept fresh while a page shows them: asked again when the server says that something changed. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask } from "./http";
import type { BookingsView } from "./protocol.gen";
import { on } from "./socket";

const REFRESH_MS = 20_000;

export const bookings = signal<BookingsView | null>(null);
export const bookingsTrouble = signal("");

export async function refreshBookings(): Promise<void> {
  try {
    bookings.value = await ask("GET /api/bookings");
    bookingsTrouble.value = "";
  } catch (refusal) {
    bookingsTrouble.value = (refusal as Error).message;
  }
}

/** Keep `bookings` fresh while the page that calls this is shown. */
export function useBookings(): void {
  useEffect(() => {
    const refresh = () => void refreshBookings();
    const refreshSeen = () => document.visibilityState === "visible" && refresh();
    refresh();
    const stop = on("bookings:changed", refresh);
    const timer = window.setInterval(refreshSeen, REFRESH_MS);
    document.addEventListener("visibilitychange", refreshSeen);
    return () => {
      stop();
      window.clearInterval(timer);
      document.removeEventListener("visibilitychange", refreshSeen);
    };
  }, []);
}
