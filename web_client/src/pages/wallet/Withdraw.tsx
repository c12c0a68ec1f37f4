/** Asking to be paid: how, how much and when it comes, said before it is asked; and where to, once. */
import { useSignal } from "@preact/signals";

import { ask } from "../../http";
import type { PayoutTerms } from "../../protocol.gen";
import { Sheet } from "../../ui/Sheet";
import { Problem } from "../../ui/Problem";
import { useAct } from "../../ui/useAct";
import { dayOf, money, pence } from "../../ui/words";
import { Bank, bankFault, useBank } from "./Bank";

interface Props {
  availablePence: number;
  terms: PayoutTerms;
  onClose: () => void;
  onDone: () => void;
}

type Rail = "invoice" | "processor";

function pounds(amount: number): string {
  return money(amount).replace(/[£,]/g, "");
}

function Rails({ rail, terms, onChange }: { rail: Rail; terms: PayoutTerms; onChange: (rail: Rail) => void }) {
  return (
    <fieldset class="stack gap-2">
      <legend class="label">How</legend>
      <label class="check">
        <input type="radio" name="rail" checked={rail === "invoice"} onChange={() => onChange("invoice")} />
        <span>Bank transfer, against an invoice of yours</span>
      </label>
      <label class="check">
        <input type="radio" name="rail" checked={rail === "processor"} onChange={() => onChange("processor")} />
        <span>{terms.processor}, without an invoice, once a week</span>
      </label>
    </fieldset>
  );
}

function When({ rail, terms }: { rail: Rail; terms: PayoutTerms }) {
  if (rail === "processor") return <p class="sub">It goes to your {terms.processor} account on {dayOf(terms.batch_on)}.</p>;
  return (
    <p class="sub">
      You then send an invoice for this amount. If it arrives by {dayOf(terms.invoice_by)}, you are paid on{" "}
      {dayOf(terms.pay_on)}.
    </p>
  );
}

export function Withdraw({ availablePence, terms, onClose, onDone }: Props) {
  const amount = useSignal(pounds(availablePence));
  const rail = useSignal<Rail>(terms.processor_account === "ready" ? "processor" : "invoice");
  const bank = useBank();
  const isBankOpen = useSignal(!terms.bank_end);
  const { isBusy, problem, run } = useAct();
  const wanted = pence(amount.value);
  const isToConnect = rail.value === "processor" && terms.processor_account !== "ready";
  const isBankAsked = rail.value === "invoice" && isBankOpen.value;

  function fault(): string {
    if (wanted === null || wanted === 0) return "Say how much in pounds, as in 184.00.";
    if (wanted > availablePence) return `${money(availablePence)} is ready to withdraw; ${money(wanted)} is more than that.`;
    return isBankAsked ? bankFault(bank) : "";
  }

  async function send(event: Event): Promise<void> {
    event.preventDefault();
    problem.value = isToConnect ? "" : fault();
    if (problem.value) return;
    const isDone = await run(async (key) => {
      if (isToConnect) {
        window.location.assign((await ask("POST /api/payout-details/connect")).url);
        return;
      }
      if (isBankAsked) await ask("PUT /api/payout-details", { body: bank.peek() });
      await ask("POST /api/withdrawals", { body: { key, amount_pence: wanted ?? 0, rail: rail.value } });
    });
    if (isDone && !isToConnect) onDone();
  }

  const press = isToConnect ? `Connect ${terms.processor}` : wanted ? `Withdraw ${money(wanted)}` : "Withdraw";
  return (
    <Sheet
      title="Withdraw"
      onClose={onClose}
      foot={
        <>
          <button class="btn btn--primary" type="submit" form="withdraw" aria-disabled={isBusy.value}>
            {isBusy.value ? "One moment…" : press}
          </button>
          <button class="btn btn--text" type="button" onClick={onClose}>
            Not now
          </button>
        </>
      }
    >
      <form id="withdraw" class="stack gap-4" onSubmit={(event) => void send(event)} noValidate>
        {terms.processor && <Rails rail={rail.value} terms={terms} onChange={(next) => (rail.value = next)} />}
        {isToConnect ? (
          <p class="sub">
            {terms.processor} asks you once who you are and where to pay to. You come back here, and then withdraw.
          </p>
        ) : (
          <>
            <div class="field">
              <label for="amount">Amount</label>
              <input
                id="amount"
                class="input num"
                inputMode="decimal"
                value={amount.value}
                onInput={(event) => (amount.value = event.currentTarget.value)}
              />
            </div>
            {isBankAsked && <Bank bank={bank} />}
            {rail.value === "invoice" && !isBankOpen.value && (
              <p class="sub">
                To the account ending in <span class="num">{terms.bank_end}</span>.{" "}
                <button class="btn btn--text btn--small" type="button" onClick={() => (isBankOpen.value = true)}>
                  Another account
                </button>
              </p>
            )}
            <When rail={rail.value} terms={terms} />
          </>
        )}
      </form>
      <Problem text={problem.value} />
    </Sheet>
  );
}
