/**
 * The browser's own notification, for a therapist whose tab is hidden. One at a time, without a name or a reason.
 * Easy to break: the permission is asked for in a click only; a browser that is asked at load says no for good.
 */
import { signal } from "@preact/signals";

export type Permission = NotificationPermission | "unsupported";

const TAG = "waiting";

const isSupported = "Notification" in window && window.isSecureContext;

/** Whether this browser may show notifications of ours. */
export const permission = signal<Permission>(isSupported ? Notification.permission : "unsupported");

let shown: Notification | null = null;

/** Ask the person, in a click. */
export async function askToNotify(): Promise<void> {
  if (isSupported) permission.value = await Notification.requestPermission();
}

/** Tell what waits behind a hidden tab; nothing when the tab is seen or the browser may not. */
export function notifyHidden(title: string): void {
  if (permission.peek() !== "granted" || document.visibilityState === "visible") return;
  try {
    shown?.close();
    shown = new Notification(title, { tag: TAG, body: "Open the dashboard to see." });
  } catch {
    // Phones show notifications of a service worker only; there the text message is what reaches a person.
    permission.value = "unsupported";
    return;
  }
  shown.addEventListener("click", () => {
    window.focus();
    closeNotification();
  });
}

export function closeNotification(): void {
  shown?.close();
  shown = null;
}
