/** One labelled field. What was typed stays after an error, which is said in words below it. */
import type { Signal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

import { Problem } from "./Problem";

interface Props {
  label: string;
  value: Signal<string>;
  type?: "text" | "email" | "password" | "date" | "tel" | "number";
  hint?: ComponentChildren;
  problem?: string;
  autoComplete?: string;
  inputMode?: "numeric" | "text";
  maxLength?: number;
  min?: string;
  max?: string;
  isOptional?: boolean;
}

export function Field({ label, value, type = "text", hint, problem = "", autoComplete = "off", isOptional = false, ...rest }: Props) {
  const id = useId();
  const told = [hint ? `${id}-hint` : "", problem ? `${id}-problem` : ""].filter(Boolean).join(" ");
  return (
    <div class={problem ? "field field--bad" : "field"}>
      <label for={id}>
        {label} {isOptional && <span class="opt">optional</span>}
      </label>
      <input
        class="input"
        id={id}
        type={type as "text"}
        autoComplete={autoComplete as "off"}
        required={!isOptional}
        aria-invalid={problem ? true : undefined}
        aria-describedby={told || undefined}
        value={value.value}
        onInput={(event) => (value.value = event.currentTarget.value)}
        {...rest}
      />
      {hint && (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {problem && <Problem id={`${id}-problem`} text={problem} />}
    </div>
  );
}

interface AreaProps {
  label: string;
  value: Signal<string>;
  hint?: ComponentChildren;
  maxLength: number;
  rows?: number;
  isOptional?: boolean;
}

/** Several lines. */
export function TextArea({ label, value, hint, maxLength, rows = 4, isOptional = false }: AreaProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>
        {label} {isOptional && <span class="opt">optional</span>}
      </label>
      <textarea
        class="input"
        id={id}
        rows={rows}
        maxLength={maxLength}
        required={!isOptional}
        aria-describedby={hint ? `${id}-hint` : undefined}
        value={value.value}
        onInput={(event) => (value.value = event.currentTarget.value)}
      />
      {hint && (
        <span class="hint" id={`${id}-hint`}>
          {hint}
        </span>
      )}
    </div>
  );
}
