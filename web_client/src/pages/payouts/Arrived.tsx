/** An invoice came by mail: what it says must be what was withdrawn. */
import { useSignal } from "@preact/signals";

import { ask } from "../../http";
import type { PayoutLine } from "../../protocol.gen";
import { Sheet } from "../../ui/Sheet";
import { Problem } from "../../ui/Problem";
import { useAct } from "../../ui/useAct";
import { money, pence } from "../../ui/words";

export function Arrived({ line, onClose, onDone }: { line: PayoutLine; onClose: () => void; onDone: () => void }) {
  const amount = useSignal("");
  const { isBusy, problem, run } = useAct();

  async function mark(event: Event): Promise<void> {
    event.preventDefault();
    const says = pence(amount.value);
    if (says === null || says === 0) {
      problem.value = "Say what the invoice comes to in pounds, as in 184.00.";
      return;
    }
    const body = { amount_pence: says };
    if (await run((key) => ask("POST /api/payouts/{id}/arrived", { params: { id: line.id }, body: { key, ...body } }))) onDone();
  }

  return (
    <Sheet
      title={`Invoice of ${line.therapist}`}
      text={`It must come to exactly what was withdrawn, ${money(line.amount_pence)}. The day of payment counts from today.`}
      onClose={onClose}
      foot={
        <>
          <button class="btn btn--primary" type="submit" form="arrived" aria-disabled={isBusy.value}>
            {isBusy.value ? "One moment…" : "It has arrived"}
          </button>
          <button class="btn btn--text" type="button" onClick={onClose}>
            Not now
          </button>
        </>
      }
    >
      <form id="arrived" onSubmit={(event) => void mark(event)} noValidate>
        <div class="field">
          <label for="arrived-amount">Amount on the invoice</label>
          <input
            id="arrived-amount"
            class="input num"
            inputMode="decimal"
            placeholder="£"
            value={amount.value}
            onInput={(event) => (amount.value = event.currentTarget.value)}
          />
        </div>
      </form>
      <Problem text={problem.value} />
    </Sheet>
  );
}
