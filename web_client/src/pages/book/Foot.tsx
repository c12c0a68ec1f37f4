/** The foot of a step: what is chosen, and the one thing to press. It stays in view. */
import type { ComponentChildren } from "preact";

export function Foot({ children }: { children: ComponentChildren }) {
  return (
    <div class="foot book__bar">
      <div class="book__foot">{children}</div>
    </div>
  );
}
