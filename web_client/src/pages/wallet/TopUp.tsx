/** Adding money: how much, then the payment service's own page. Where no card can be taken, who can add it instead. */
import { useSignal } from "@preact/signals";

import { ask } from "../../http";
import type { TopUpTerms } from "../../protocol.gen";
import { Sheet } from "../../ui/Sheet";
import { Problem } from "../../ui/Problem";
import { useAct } from "../../ui/useAct";
import { money, pence } from "../../ui/words";

const OFFERED = [2_000, 3_500, 7_000];

export function TopUp({ terms, onClose }: { terms: TopUpTerms; onClose: () => void }) {
  return terms.by_card ? <ByCard terms={terms} onClose={onClose} /> : <ByPractice terms={terms} onClose={onClose} />;
}

function ByPractice({ terms, onClose }: { terms: TopUpTerms; onClose: () => void }) {
  return (
    <Sheet
      title="Top up"
      text={`Paying by card is not set up here. ${terms.practice} can add money to your wallet.`}
      onClose={onClose}
      foot={
        <button class="btn btn--quiet" type="button" onClick={onClose}>
          Close
        </button>
      }
    >
      {terms.practice_email ? (
        <p>
          Write to <a href={`mailto:${terms.practice_email}`}>{terms.practice_email}</a> from the address you sign in with,
          and say how much. It is in your wallet as soon as they have added it; you need not keep this page open.
        </p>
      ) : (
        <p>Ask them the way you usually reach them. It is in your wallet as soon as they have added it.</p>
      )}
    </Sheet>
  );
}

function ByCard({ terms, onClose }: { terms: TopUpTerms; onClose: () => void }) {
  const chosen = useSignal<number | null>(3_500);
  const other = useSignal("");
  const { isBusy, problem, run } = useAct();
  const amount = chosen.value ?? pence(other.value);
  const isFit = amount !== null && amount >= terms.min_pence && amount <= terms.max_pence;
  const pay = async () => {
    if (!isFit) {
      problem.value = `Choose between ${money(terms.min_pence)} and ${money(terms.max_pence)}.`;
      return;
    }
    await run(async (id) => {
      const page = await ask("POST /api/top-ups", { body: { id, amount_pence: amount } });
      window.location.assign(page.url);
    });
  };
  return (
    <Sheet
      title="Top up"
      onClose={onClose}
      foot={
        <>
          <button class="btn btn--primary" type="button" aria-disabled={isBusy.value} onClick={() => void pay()}>
            {isBusy.value ? "One moment…" : isFit ? `Pay ${money(amount)} by card` : "Pay by card"}
          </button>
          <button class="btn btn--text" type="button" onClick={onClose}>
            Not now
          </button>
        </>
      }
    >
      <fieldset class="stack gap-3">
        <legend class="sr">How much</legend>
        <div class="tops">
          {OFFERED.map((each) => (
            <label key={each} class="choice">
              <input type="radio" name="amount" checked={chosen.value === each} onChange={() => (chosen.value = each)} />
              <span class="num">
                <strong class="strong">{money(each).replace(".00", "")}</strong>
              </span>
            </label>
          ))}
        </div>
        <div class="field">
          <label for="other-amount">Another amount</label>
          <input
            id="other-amount"
            class="input num"
            inputMode="decimal"
            placeholder="£"
            value={other.value}
            onInput={(event) => {
              other.value = event.currentTarget.value;
              chosen.value = other.value.trim() ? null : 3_500;
            }}
          />
        </div>
      </fieldset>
      <p class="sub">You pay on the page of our payment service and come back here.</p>
      <Problem text={problem.value} />
    </Sheet>
  );
}
