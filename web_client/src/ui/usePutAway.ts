/** What lies over a page for a moment is put away by Escape, and by a press anywhere else. */
import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";

/** `onAway` is told what did it, a key or a press, also while the thing is not open. */
export function usePutAway(thing: RefObject<HTMLElement | null>, onAway: (by: KeyboardEvent | PointerEvent) => void): void {
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") onAway(event);
    };
    const onPress = (event: PointerEvent) => {
      if (!thing.current?.contains(event.target as Node)) onAway(event);
    };
    document.addEventListener("keydown", onKey);
    document.addEventListener("pointerdown", onPress);
    return () => {
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("pointerdown", onPress);
    };
  }, []);
}

/** The same for a menu; Escape gives the focus back to what opened it. */
export function useMenu(menu: RefObject<HTMLDetailsElement | null>): void {
  usePutAway(menu, (by) => {
    if (!menu.current?.open) return;
    if (by instanceof KeyboardEvent) menu.current.querySelector("summary")?.focus();
    menu.current.open = false;
  });
}
