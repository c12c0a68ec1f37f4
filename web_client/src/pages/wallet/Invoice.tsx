/** The invoice of a withdrawal: a PDF or a picture of it, for exactly the amount that was withdrawn. */
import { useSignal } from "@preact/signals";

import { ask } from "../../http";
import type { PayoutTerms, WalletLine } from "../../protocol.gen";
import { Sheet } from "../../ui/Sheet";
import { Problem } from "../../ui/Problem";
import { useAct } from "../../ui/useAct";
import { dayOf, money, pence } from "../../ui/words";

const BYTES_MAX = 10 * 1024 * 1024;

interface Props {
  line: WalletLine;
  terms: PayoutTerms;
  onClose: () => void;
  onDone: () => void;
}

function base64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result).split(",")[1] ?? "");
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

export function Invoice({ line, terms, onClose, onDone }: Props) {
  const wanted = -line.amount_pence;
  const number = useSignal("");
  const amount = useSignal("");
  const file = useSignal<File | null>(null);
  const { isBusy, problem, run } = useAct();

  function fault(): string {
    if (!number.value.trim()) return "Say the number of your invoice.";
    const says = pence(amount.value);
    if (says === null) return "Say the amount of your invoice in pounds, as in 184.00.";
    if (says !== wanted) return `Your invoice says ${money(says)}, you withdrew ${money(wanted)}. They must be the same.`;
    if (!file.value) return "Choose the file of your invoice.";
    return file.value.size > BYTES_MAX ? "The file is larger than 10 MB. Save it smaller and choose it again." : "";
  }

  async function send(event: Event): Promise<void> {
    event.preventDefault();
    problem.value = fault();
    const chosen = file.value;
    if (problem.value || !chosen) return;
    const isDone = await run(async (key) => {
      const body = { key, amount_pence: wanted, number: number.value.trim(), file: await base64(chosen) };
      await ask("POST /api/withdrawals/{id}/invoice", { params: { id: line.withdrawal_id ?? "" }, body });
    });
    if (isDone) onDone();
  }

  return (
    <Sheet
      title={`Upload an invoice for ${money(wanted)}`}
      onClose={onClose}
      foot={
        <>
          <button class="btn btn--primary" type="submit" form="invoice" aria-disabled={isBusy.value}>
            {isBusy.value ? "Uploading…" : "Upload invoice"}
          </button>
          <button class="btn btn--text" type="button" onClick={onClose}>
            Not now
          </button>
        </>
      }
    >
      <p class="sub">
        Made out to {terms.practice}
        {terms.practice_address && `, ${terms.practice_address}`}. Uploaded by {dayOf(terms.invoice_by)}, it is paid on{" "}
        {dayOf(terms.pay_on)}.
      </p>
      <form id="invoice" class="stack gap-4" onSubmit={(event) => void send(event)} noValidate>
        <div class="field">
          <label for="invoice-number">Invoice number</label>
          <input
            id="invoice-number"
            class="input"
            maxLength={40}
            value={number.value}
            onInput={(event) => (number.value = event.currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for="invoice-amount">Amount on the invoice</label>
          <input
            id="invoice-amount"
            class="input num"
            inputMode="decimal"
            placeholder="£"
            value={amount.value}
            onInput={(event) => (amount.value = event.currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for="invoice-file">File</label>
          <input
            id="invoice-file"
            class="input filepick"
            type="file"
            accept="application/pdf,image/jpeg,image/png"
            aria-describedby="invoice-hint"
            onChange={(event) => (file.value = event.currentTarget.files?.[0] ?? null)}
          />
          <span class="hint" id="invoice-hint">
            PDF, JPEG or PNG, up to 10 MB. It is kept sealed; only you and the practice can open it.
          </span>
        </div>
      </form>
      <Problem text={problem.value} />
    </Sheet>
  );
}
