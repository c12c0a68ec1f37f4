/** Something that is on or off. The words stand beside it; what it means may stand in `describedBy`. */
import type { ComponentChildren } from "preact";

interface Props {
  isOn: boolean;
  isBusy?: boolean;
  describedBy?: string;
  onPress: () => void;
  children: ComponentChildren;
}

export function Switch({ isOn, isBusy = false, describedBy, onPress, children }: Props) {
  return (
    <button
      class="switch"
      type="button"
      role="switch"
      aria-checked={isOn}
      aria-disabled={isBusy ? true : undefined}
      aria-describedby={describedBy}
      onClick={onPress}
    >
      <span class="switch__track" />
      <span>{children}</span>
    </button>
  );
}
