/** Where we are. Links are ordinary anchors with a path of ours; `main.tsx` turns paths into pages. */
import { signal } from "@preact/signals";

export const path = signal(window.location.pathname);

/** Go to a path of ours; `replace` leaves no way back to where we were. */
export function navigate(to: string, { replace = false } = {}): void {
  if (to === window.location.pathname) return;
  window.history[replace ? "replaceState" : "pushState"](null, "", to);
  path.value = to;
  window.scrollTo(0, 0);
}

/** Listen for Back and for clicks on links of ours. Call once. */
export function beginRouting(): void {
  window.addEventListener("popstate", () => (path.value = window.location.pathname));
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (!link || !isPlain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
    if (link.origin !== window.location.origin || !link.getAttribute("href")?.startsWith("/")) return;
    event.preventDefault();
    navigate(link.pathname);
  });
}
