/** A button that asks for a file and hands it over; the same file can be chosen again. */
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

interface Props {
  accept: string;
  isBusy: boolean;
  look?: string;
  onFile: (file: File) => void;
  children: ComponentChildren;
}

export function FileButton({ accept, isBusy, look = "btn--quiet", onFile, children }: Props) {
  const field = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        type="file"
        hidden
        ref={field}
        accept={accept}
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          event.currentTarget.value = "";
          if (file) onFile(file);
        }}
      />
      <button class={`btn ${look}`} type="button" aria-busy={isBusy} onClick={() => field.current?.click()}>
        {children}
      </button>
    </>
  );
}
