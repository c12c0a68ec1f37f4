/** The bank account a therapist is paid to. What was saved before is not shown again, only replaced. */
import { type Signal, useSignal } from "@preact/signals";

import type { BankDetails } from "../../protocol.gen";

export function useBank(): Signal<BankDetails> {
  return useSignal<BankDetails>({ name: "", sort_code: "", account_number: "" });
}

export function bankFault(bank: Signal<BankDetails>): string {
  const { name, sort_code, account_number } = bank.value;
  if (!name.trim()) return "Say the name on the account.";
  if (!/^\d{2}-?\d{2}-?\d{2}$/.test(sort_code)) return "A sort code has six digits, as in 12-34-56.";
  return /^\d{8}$/.test(account_number) ? "" : "An account number has eight digits.";
}

export function Bank({ bank }: { bank: Signal<BankDetails> }) {
  const set = (change: Partial<BankDetails>) => (bank.value = { ...bank.peek(), ...change });
  return (
    <fieldset class="stack gap-3">
      <legend class="label">Where to</legend>
      <div class="field">
        <label for="bank-name">Name on the account</label>
        <input
          id="bank-name"
          class="input"
          maxLength={70}
          autoComplete="name"
          value={bank.value.name}
          onInput={(event) => set({ name: event.currentTarget.value })}
        />
      </div>
      <div class="bank">
        <div class="field">
          <label for="bank-sort">Sort code</label>
          <input
            id="bank-sort"
            class="input num"
            inputMode="numeric"
            maxLength={8}
            autoComplete="off"
            value={bank.value.sort_code}
            onInput={(event) => set({ sort_code: event.currentTarget.value.trim().replace(/\s/g, "") })}
          />
        </div>
        <div class="field">
          <label for="bank-account">Account number</label>
          <input
            id="bank-account"
            class="input num"
            inputMode="numeric"
            maxLength={8}
            autoComplete="off"
            value={bank.value.account_number}
            onInput={(event) => set({ account_number: event.currentTarget.value.trim() })}
          />
        </div>
      </div>
      <p class="hint">Kept sealed. Only the last four digits are shown again; the practice sees it when it pays you.</p>
    </fieldset>
  );
}
