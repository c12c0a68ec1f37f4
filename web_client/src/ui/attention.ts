/** What every page says of those who wait: a number before its title, and words for a screen reader. */
import { effect, signal } from "@preact/signals";

export const pageTitle = signal("");
/** Those who wait and may be accepted; 0 for everybody who is not a therapist on duty. */
export const waitingCount = signal(0);
/** The newest announcement of who came and who left. */
export const announcement = signal("");

export function titleOf(page: string, waiting: number): string {
  return `${waiting > 0 ? `(${waiting}) ` : ""}${page} · Quick Connect`;
}

effect(() => {
  if (pageTitle.value) document.title = titleOf(pageTitle.value, waitingCount.value);
});
