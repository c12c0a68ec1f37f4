/** A password to be chosen: seen when one wants to see it, and what it has to be said before it is refused. */
import { useSignal, type Signal } from "@preact/signals";
import { useId } from "preact/hooks";

const LENGTH_MIN = 10;

export function NewPassword({ label, value }: { label: string; value: Signal<string> }) {
  const id = useId();
  const isShown = useSignal(false);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <span class="reveal">
        <input
          class="input"
          id={id}
          type={(isShown.value ? "text" : "password") as "password"}
          autoComplete="new-password"
          minLength={LENGTH_MIN}
          maxLength={1024}
          required
          aria-describedby={`${id}-hint`}
          value={value.value}
          onInput={(event) => (value.value = event.currentTarget.value)}
        />
        <button
          class="btn btn--text btn--small"
          type="button"
          aria-pressed={isShown.value}
          aria-label={`Show ${label.toLowerCase()}`}
          onClick={() => (isShown.value = !isShown.value)}
        >
          Show
        </button>
      </span>
      <span class="hint" id={`${id}-hint`}>
        At least {LENGTH_MIN} characters. Three or four unrelated words make a good one.
      </span>
    </div>
  );
}
