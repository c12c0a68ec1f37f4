/** The second confirmation: the sum is read, typed and only then scheduled, or marked as paid. */
import { useSignal } from "@preact/signals";

import { ask } from "../../http";
import type { BatchView, PayoutLine } from "../../protocol.gen";
import { Sheet } from "../../ui/Sheet";
import { Problem } from "../../ui/Problem";
import { useAct } from "../../ui/useAct";
import { money, pence } from "../../ui/words";
import { sum } from "./lines";

interface Props {
  lines: PayoutLine[];
  /** Given: these payments of a batch have been made. Else they are to be scheduled. */
  batch?: BatchView;
  onClose: () => void;
  onDone: () => void;
}

export function Confirm({ lines, batch, onClose, onDone }: Props) {
  const concerned = batch ? lines.filter((line) => line.state === "scheduled" && (batch.rail === "invoice" || line.order === "stuck")) : lines;
  const total = sum(concerned);
  const typed = useSignal("");
  const { isBusy, problem, run } = useAct();

  async function confirm(event: Event): Promise<void> {
    event.preventDefault();
    if (pence(typed.value) !== total) {
      problem.value = `Type the sum, ${money(total)}, to confirm it.`;
      return;
    }
    const isDone = await run((key) => {
      const body = { key, ids: concerned.map((line) => line.id), total_pence: total };
      if (batch) return ask("POST /api/batches/{id}/paid", { params: { id: batch.id }, body });
      return ask("POST /api/payouts", { body });
    });
    if (isDone) onDone();
  }

  const count = concerned.length === 1 ? "1 payout" : `${concerned.length} payouts`;
  return (
    <Sheet
      title={batch ? `Has the bank paid ${money(total)}?` : `Schedule ${count}, ${money(total)}?`}
      text={
        batch
          ? "The therapists are told that they are paid. What the bank did not pay is marked as failed first."
          : "The therapists know the day. You then get the file for the bank, or the payment service is asked on the day."
      }
      onClose={onClose}
      foot={
        <>
          <button class="btn btn--primary" type="submit" form="confirm" aria-disabled={isBusy.value}>
            {isBusy.value ? "One moment…" : batch ? "They are paid" : `Schedule ${money(total)}`}
          </button>
          <button class="btn btn--text" type="button" onClick={onClose}>
            Not now
          </button>
        </>
      }
    >
      <ul class="payouts__sum">
        {concerned.map((line) => (
          <li key={line.id}>
            <span>{line.therapist}</span>
            <span class="num">{money(line.amount_pence)}</span>
          </li>
        ))}
      </ul>
      <form id="confirm" onSubmit={(event) => void confirm(event)} noValidate>
        <div class="field">
          <label for="confirm-sum">Type the sum to confirm it</label>
          <input
            id="confirm-sum"
            class="input num"
            inputMode="decimal"
            autoComplete="off"
            placeholder="£"
            value={typed.value}
            onInput={(event) => (typed.value = event.currentTarget.value)}
          />
        </div>
      </form>
      <Problem text={problem.value} />
    </Sheet>
  );
}
