/** A question asked once. Escape is the quiet answer, and the page behind it is out of reach meanwhile. */
import { useEffect, useId, useRef } from "preact/hooks";

interface Props {
  title: string;
  text: string;
  yes: string;
  no: string;
  onYes: () => void;
  onNo: () => void;
}

export function Question({ title, text, yes, no, onYes, onNo }: Props) {
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
      class="sheet ask"
      ref={dialog}
      aria-labelledby={`${id}-title`}
      aria-describedby={`${id}-text`}
      onCancel={(event) => {
        event.preventDefault();
        onNo();
      }}
    >
      <div class="sheet__body">
        <h2 id={`${id}-title`} class="ask__title" tabIndex={-1}>
          {title}
        </h2>
        <p id={`${id}-text`} class="sub">
          {text}
        </p>
      </div>
      <div class="sheet__foot">
        <button class="btn btn--danger" type="button" onClick={onYes}>
          {yes}
        </button>
        <button class="btn btn--quiet" type="button" onClick={onNo}>
          {no}
        </button>
      </div>
    </dialog>
  );
}
