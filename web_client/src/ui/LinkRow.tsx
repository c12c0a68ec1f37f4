/** A line of a list that leads to the page of what it names. */
import type { ComponentChildren } from "preact";

import { Icon } from "./Icon";

interface Props {
  to: string;
  name: string;
  /** Under the name, in small. */
  about: string;
  isNewTab?: boolean;
  /** Between the words and the arrow, as how it stands. */
  children?: ComponentChildren;
}

export function LinkRow({ to, name, about, isNewTab = false, children }: Props) {
  return (
    <li>
      <a class="row" href={to} {...(isNewTab ? { target: "_blank", rel: "noopener" } : {})}>
        <span class="row__main">
          <strong class="strong">{name}</strong>
          <span class="fine">{about}</span>
        </span>
        {children}
        <Icon name="chevron-right" />
      </a>
    </li>
  );
}
