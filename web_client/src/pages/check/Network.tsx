/** The network part of a device check: asked for by a press, or at once where somebody came for it. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { type Reached, reach } from "../../call/reach";
import { Icon } from "../../ui/Icon";
import { network } from "./words";

interface Props {
  found: Signal<Reached | null>;
  isAtOnce?: boolean;
}

export function Network({ found, isAtOnce = false }: Props) {
  const isBusy = useSignal(false);
  const trouble = useSignal("");
  const look = async () => {
    if (isBusy.peek()) return;
    isBusy.value = true;
    trouble.value = "";
    try {
      found.value = await reach();
    } catch (refusal) {
      trouble.value = (refusal as Error).message;
    }
    isBusy.value = false;
  };
  useEffect(() => {
    if (isAtOnce) void look();
  }, []);
  const findings = found.value ? network(found.value) : [];
  return (
    <div class="stack gap-2 net">
      <div role="status" class="stack gap-2">
        {isBusy.value && <p class="fine">Looking for ways out of this network; a few seconds.</p>}
        {!isBusy.value && trouble.value && <p class="net__line net__line--bad">{trouble.value}</p>}
        {!isBusy.value &&
          findings.map((one) => (
            <p key={one.text} class={`net__line net__line--${one.tone}`}>
              <Icon name={one.tone === "good" ? "check" : "circle-alert"} small />
              {one.text}
            </p>
          ))}
      </div>
      <button class="btn btn--quiet btn--small net__do" type="button" aria-busy={isBusy.value} onClick={() => void look()}>
        {found.value || trouble.value ? "Check the network again" : "Check the network"}
      </button>
    </div>
  );
}
