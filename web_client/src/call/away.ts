/**
 * After *Leave quickly*, Back must not bring this product up again on a screen that someone else can see.
 * Runs before anything is drawn. Easy to break: a page restored from the browser's memory runs no code at load,
 * so `pageshow` is listened to as well.
 */
const MARK = "left-quickly";

export function rememberQuickLeave(): void {
  sessionStorage.setItem(MARK, "1");
}

/** True when this page was reached by Back after a quick leave: it goes to the neutral page and draws nothing. */
export function turnsBack(): boolean {
  window.addEventListener("pageshow", (event) => {
    if (event.persisted && sessionStorage.getItem(MARK)) window.location.replace("/neutral.html");
  });
  if (!sessionStorage.getItem(MARK)) return false;
  const [navigation] = performance.getEntriesByType("navigation");
  if ((navigation as PerformanceNavigationTiming | undefined)?.type === "back_forward") {
    window.location.replace("/neutral.html");
    return true;
  }
  sessionStorage.removeItem(MARK);
  return false;
}
