/**
 * Every dialog: a sheet from the bottom on a phone, in the middle elsewhere. Escape is the quiet answer.
 * Easy to break: the page behind is out of reach meanwhile, and the focus goes back to where it came from.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

import "./Sheet.css";

interface Props {
  title: string;
  /** Said with the title when it opens. */
  text?: string;
  /** A class of its own; `--sheet-width` there is how wide it may be. */
  look?: string;
  /** Stands at the end of the title's line. */
  beside?: ComponentChildren;
  foot: ComponentChildren;
  /** Stands under the foot. */
  below?: ComponentChildren;
  onClose: () => void;
  children?: ComponentChildren;
}

export function Sheet({ title, text, look = "", beside, foot, below, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    dialog.current?.querySelector("h2")?.focus();
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      class={`sheet over ${look}`}
      ref={dialog}
      aria-labelledby={`${id}-title`}
      aria-describedby={text ? `${id}-text` : undefined}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div class="sheet__body">
        <div class="split">
          <h2 id={`${id}-title`} class="over__title" tabIndex={-1}>
            {title}
          </h2>
          {beside}
        </div>
        {text && <p id={`${id}-text`}>{text}</p>}
        {children}
      </div>
      <div class="sheet__foot">{foot}</div>
      {below}
    </dialog>
  );
}
