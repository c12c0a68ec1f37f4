/** A menu behind one button; a press outside, Escape, or one of its own entries closes it. */
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

import { Icon, type IconName } from "./Icon";
import { useMenu } from "./usePutAway";

interface Props {
  name: string;
  icon: IconName;
  /** Only the icon is seen; the name is for readers. */
  isBare?: boolean;
  children: ComponentChildren;
}

export function Menu({ name, icon, isBare = false, children }: Props) {
  const details = useRef<HTMLDetailsElement>(null);
  useMenu(details);
  const closeAfter = (event: MouseEvent) => {
    if ((event.target as Element).closest("a, button") && details.current) details.current.open = false;
  };
  return (
    <details class="menu" ref={details}>
      <summary
        class={isBare ? "btn btn--icon btn--small" : "btn btn--quiet"}
        role="button"
        aria-label={isBare ? name : undefined}
      >
        <Icon name={icon} />
        {!isBare && name}
      </summary>
      <div class="menu__list" onClick={closeAfter}>
        {children}
      </div>
    </details>
  );
}
