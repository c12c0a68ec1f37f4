/**
 * Keys for the bar, and the list of them. A key presses the very button that it names, so both always do the same.
 * Easy to break: nothing may happen while somebody types, and one letter alone must be possible to turn off (WCAG 2.1.4).
 */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { Sheet } from "../../ui/Sheet";
import { Switch } from "../../ui/Switch";

const KEPT = "keys of the call";

const KEYS: Record<string, string> = {
  Refresh: "R",
  "Full screen": "F",
  Mute: "M",
  Camera: "V",
  Chat: "C",
  Notes: "N",
  More: "O",
  "End session": "E",
};
const LIST_KEY = "?";

const areOn = signal(localStorage.getItem(KEPT) !== "off");

/** The key of a button of the bar, unless keys are off. */
export function keyOf(name: string): string | undefined {
  return areOn.value ? KEYS[name] : undefined;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}

export function useShortcuts(onList: () => void): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.repeat;
      if (!isPlain || !areOn.peek() || isTyping(event.target) || document.querySelector("dialog[open]")) return;
      if (event.key === LIST_KEY) return onList();
      const found = Object.entries(KEYS).find(([, key]) => key === event.key.toUpperCase());
      const button = found && document.querySelector<HTMLElement>(`.callbar [aria-label="${found[0]}"]`);
      if (!button) return;
      event.preventDefault();
      button.click();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, []);
}

function turn(): void {
  areOn.value = !areOn.peek();
  localStorage.setItem(KEPT, areOn.peek() ? "on" : "off");
}

export function ShortcutList({ isTherapist, onClose }: { isTherapist: boolean; onClose: () => void }) {
  const shown = Object.entries(KEYS).filter(([name]) => isTherapist || name !== "Notes");
  return (
    <Sheet
      title="Keyboard shortcuts"
      look="ask"
      onClose={onClose}
      foot={
        <button class="btn btn--primary" type="button" onClick={onClose}>
          Close
        </button>
      }
    >
      <dl class="keys">
        {[...shown, ["This list", LIST_KEY], ...(isTherapist ? [] : [["Leave quickly", "Esc twice"]])].map(
          ([name, key]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <kbd>{key}</kbd>
              </dd>
            </div>
          ),
        )}
      </dl>
      <Switch isOn={areOn.value} onPress={turn}>
        Use single keys
      </Switch>
    </Sheet>
  );
}
