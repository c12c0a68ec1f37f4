/** Why an invoice is refused, or why a payout is not paid or came back: the therapist is told it in these words. */
import { useSignal } from "@preact/signals";

import { ask } from "../../http";
import type { PayoutLine } from "../../protocol.gen";
import { Sheet } from "../../ui/Sheet";
import { Problem } from "../../ui/Problem";
import { useAct } from "../../ui/useAct";
import { money } from "../../ui/words";
import { CAME_BACK, FAILURES, REFUSALS } from "./lines";

type What = "refuse" | "fail" | "back";

const REASONS: Record<What, Record<string, string>> = { refuse: REFUSALS, fail: FAILURES, back: CAME_BACK };

const TEXTS: Record<What, string> = {
  refuse: "They are told why and asked for another one. The day of payment counts from when that arrives.",
  fail: "It is ready to withdraw again at once. Do this only when it is sure that it was not and will not be paid.",
  back: "It is ready to withdraw again at once, and they are told. Do this only when the money is on the practice’s account again.",
};

function title(what: What, line: PayoutLine): string {
  if (what === "refuse") return `Refuse the invoice of ${line.therapist}?`;
  const sum = money(line.amount_pence);
  return what === "fail" ? `Give ${sum} back to ${line.therapist}?` : `Has the bank sent back ${sum} of ${line.therapist}?`;
}

function send(what: What, id: string, reason: string, key: string): Promise<unknown> {
  const params = { id };
  if (what === "refuse") return ask("POST /api/payouts/{id}/refuse-invoice", { params, body: { key, reason: reason as keyof typeof REFUSALS } });
  if (what === "back") return ask("POST /api/payouts/{id}/came-back", { params, body: { key, reason: reason as keyof typeof CAME_BACK } });
  return ask("POST /api/payouts/{id}/failed", { params, body: { key, reason: reason as keyof typeof FAILURES } });
}

interface Props {
  what: What;
  line: PayoutLine;
  onClose: () => void;
  onDone: () => void;
}

export function Why({ what, line, onClose, onDone }: Props) {
  const why = useSignal("");
  const { isBusy, problem, run } = useAct();

  async function tell(): Promise<void> {
    if (!why.value) {
      problem.value = "Say why.";
      return;
    }
    if (await run((key) => send(what, line.id, why.value, key))) onDone();
  }

  return (
    <Sheet
      title={title(what, line)}
      text={TEXTS[what]}
      onClose={onClose}
      foot={
        <>
          <button class="btn btn--danger" type="button" aria-disabled={isBusy.value} onClick={() => void tell()}>
            {isBusy.value ? "One moment…" : what === "refuse" ? "Refuse invoice" : "Give it back"}
          </button>
          <button class="btn btn--quiet" type="button" onClick={onClose}>
            Not now
          </button>
        </>
      }
    >
      <fieldset class="stack gap-2">
        <legend class="label">Why</legend>
        {Object.entries(REASONS[what]).map(([value, words]) => (
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
