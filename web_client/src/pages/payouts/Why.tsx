/** Why an invoice is refused, or why a payout will not be paid: the therapist is told it in these words. */
import { useSignal } from "@preact/signals";

import { ask } from "../../http";
import type { PayoutLine } from "../../protocol.gen";
import { Sheet } from "../../ui/Sheet";
import { Problem } from "../../ui/Problem";
import { useAct } from "../../ui/useAct";
import { money } from "../../ui/words";
import { FAILURES, REFUSALS } from "./lines";

interface Props {
  what: "refuse" | "fail";
  line: PayoutLine;
  onClose: () => void;
  onDone: () => void;
}

export function Why({ what, line, onClose, onDone }: Props) {
  const why = useSignal("");
  const { isBusy, problem, run } = useAct();
  const isRefusal = what === "refuse";

  async function tell(): Promise<void> {
    if (!why.value) {
      problem.value = "Say why.";
      return;
    }
    const params = { id: line.id };
    const isDone = await run((key) =>
      isRefusal
        ? ask("POST /api/payouts/{id}/refuse-invoice", { params, body: { key, reason: why.value as keyof typeof REFUSALS } })
        : ask("POST /api/payouts/{id}/failed", { params, body: { key, reason: why.value as keyof typeof FAILURES } }),
    );
    if (isDone) onDone();
  }

  return (
    <Sheet
      title={isRefusal ? `Refuse the invoice of ${line.therapist}?` : `Give ${money(line.amount_pence)} back to ${line.therapist}?`}
      text={
        isRefusal
          ? "They are told why and asked for another one. The day of payment counts from when that arrives."
          : "It is ready to withdraw again at once. Do this only when it is sure that it was not and will not be paid."
      }
      onClose={onClose}
      foot={
        <>
          <button class="btn btn--danger" type="button" aria-disabled={isBusy.value} onClick={() => void tell()}>
            {isBusy.value ? "One moment…" : isRefusal ? "Refuse invoice" : "Give it back"}
          </button>
          <button class="btn btn--quiet" type="button" onClick={onClose}>
            Not now
          </button>
        </>
      }
    >
      <fieldset class="stack gap-2">
        <legend class="label">Why</legend>
        {Object.entries(isRefusal ? REFUSALS : FAILURES).map(([value, words]) => (
          <label key={value} class="check">
            <input type="radio" name="why" value={value} checked={why.value === value} onChange={() => (why.value = value)} />
            <span>{words}</span>
          </label>
        ))}
      </fieldset>
      <Problem text={problem.value} />
    </Sheet>
  );
}
