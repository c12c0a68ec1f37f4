/**
 * A client's choice to call through a relay alone, so that neither learns the other's network address.
 * Easy to break: it is offered only where a relay is set up; one chosen before and gone since can still be given up.
 */
import { useSignal } from "@preact/signals";

import { ask } from "../../http";
import type { AccountView } from "../../protocol.gen";

function words(isOn: boolean, hasRelay: boolean): string {
  if (!hasRelay && isOn) {
    return "No relay is set up here any more, so your calls carry no sound and no picture, only the chat. Turn this off to call straight.";
  }
  if (!hasRelay) {
    return "No relay is set up here: calls go straight between you and your therapist, and each browser learns the other’s network address, which tells roughly where it is.";
  }
  return isOn
    ? "From your next call on, sound and picture go through our relay, a little slower, and neither of you learns the other’s network address."
    : "Calls go straight between you and your therapist where they can, and each browser learns the other’s network address, which tells roughly where it is.";
}

export function Relay({ account, onChange }: { account: AccountView; onChange: (view: AccountView) => void }) {
  const isBusy = useSignal(false);
  const said = useSignal("");
  const isOn = account.relay_only === true;
  const toggle = async () => {
    if (isBusy.peek()) return;
    isBusy.value = true;
    try {
      onChange(await ask("PUT /api/account/relay", { body: { is_on: !isOn } }));
      said.value = "Saved";
    } catch (refusal) {
      said.value = refusal instanceof Error ? refusal.message : "";
    }
    isBusy.value = false;
  };
  return (
    <section class="card stack" aria-labelledby="relay">
      <h2 id="relay">Your network address</h2>
      {(account.has_relay || isOn) && (
        <button
          class="switch"
          type="button"
          role="switch"
          aria-checked={isOn}
          aria-disabled={isBusy.value ? true : undefined}
          aria-describedby="relay-text"
          onClick={() => void toggle()}
        >
          <span class="switch__track" />
          <span>Hide it: call through a relay only</span>
        </button>
      )}
      <p class="sub" id="relay-text">
        {words(isOn, account.has_relay)}
      </p>
      <p class="fine account__said" role="status">
        {said.value}
      </p>
    </section>
  );
}
