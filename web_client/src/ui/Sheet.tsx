/** A dialog: a sheet from the bottom on a phone, in the middle elsewhere. Escape is the quiet answer. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

import "./Sheet.css";

interface Props {
  title: string;
  /** Said with the title when it opens. */
  text?: string;
  foot: ComponentChildren;
  onClose: () => void;
  children?: ComponentChildren;
}

export function Sheet({ title, text, foot, onClose, children }: Props) {
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
      class="sheet over"
      ref={dialog}
      aria-labelledby={`${id}-title`}
      aria-describedby={text ? `${id}-text` : undefined}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div class="sheet__body">
        <h2 id={`${id}-title`} class="over__title" tabIndex={-1}>
          {title}
        </h2>
        {text && <p id={`${id}-text`}>{text}</p>}
        {children}
      </div>
      <div class="sheet__foot">{foot}</div>
    </dialog>
  );
}
