/** The operator adds money to a client's wallet, with a reason the client reads; and what was added so far. */
import { useSignal } from "@preact/signals";

import { ask } from "../http";
import type { CreditsView } from "../protocol.gen";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { MoneyTable } from "../ui/MoneyTable";
import { Sheet } from "../ui/Sheet";
import { Problem } from "../ui/Problem";
import { useAct } from "../ui/useAct";
import { useFound } from "../ui/useFound";
import { dateTime, money, pence, zoneName } from "../ui/words";
import "./payouts/payouts.css";

function Added({ view }: { view: CreditsView }) {
  if (view.lines.length === 0) {
    return (
      <div class="card empty">
        <Icon name="wallet" />
        <h2>Nothing added yet</h2>
        <p>What operators add to wallets is listed here, with who did it and why.</p>
      </div>
    );
  }
  return (
    <MoneyTable label="Added so far, newest first" columns={["To", "When", "Why"]} look="payouts">
      {view.lines.map((line) => (
        <tr key={line.id}>
          <td>{line.to_name}</td>
          <td>{dateTime(line.at_ms)}</td>
          <td>
            {line.reason}
            <span class="fine">by {line.by_name}</span>
          </td>
          <td class="amount">{money(line.amount_pence)}</td>
        </tr>
      ))}
    </MoneyTable>
  );
}

function Add({ onDone }: { onDone: () => void }) {
  const email = useSignal("");
  const amount = useSignal("");
  const reason = useSignal("");
  const isAsked = useSignal(false);
  const done = useSignal("");
  const { isBusy, problem, run } = useAct();
  const wanted = pence(amount.value);

  function check(event: Event): void {
    event.preventDefault();
    done.value = "";
    if (!email.value.trim()) problem.value = "Say the address the client signs in with.";
    else if (!wanted) problem.value = "Say how much in pounds, as in 35.00.";
    else if (reason.value.trim().length < 3) problem.value = "Say why. The client reads it in their wallet.";
    else {
      problem.value = "";
      isAsked.value = true;
    }
  }

  async function add(): Promise<void> {
    const body = { email: email.value.trim(), amount_pence: wanted ?? 0, reason: reason.value.trim() };
    const isDone = await run((id) => ask("POST /api/credits", { body: { id, ...body } }));
    isAsked.value = false;
    if (!isDone) return;
    done.value = `${money(body.amount_pence)} was added.`;
    email.value = amount.value = reason.value = "";
    onDone();
  }

  return (
    <section class="card stack gap-4" aria-labelledby="add">
      <h2 id="add">Add money to a wallet</h2>
      <form class="stack gap-4" onSubmit={check} noValidate>
        <div class="payouts__two">
          <div class="field">
            <label for="credit-email">Client’s e-mail address</label>
            <input
              id="credit-email"
              class="input"
              type="email"
              autoComplete="off"
              maxLength={254}
              value={email.value}
              onInput={(event) => (email.value = event.currentTarget.value)}
            />
          </div>
          <div class="field">
            <label for="credit-amount">Amount</label>
            <input
              id="credit-amount"
              class="input num"
              inputMode="decimal"
              placeholder="£"
              value={amount.value}
              onInput={(event) => (amount.value = event.currentTarget.value)}
            />
          </div>
        </div>
        <div class="field">
          <label for="credit-reason">Reason</label>
          <input
            id="credit-reason"
            class="input"
            maxLength={200}
            value={reason.value}
            aria-describedby="credit-hint"
            onInput={(event) => (reason.value = event.currentTarget.value)}
          />
          <span class="hint" id="credit-hint">
            The client reads it beside the amount.
          </span>
        </div>
        <div>
          <button class="btn btn--primary" type="submit">
            Add money
          </button>
        </div>
      </form>
      <Problem text={isAsked.value ? "" : problem.value} />
      <p role="status">{done.value}</p>
      {isAsked.value && wanted && (
        <Sheet
          title={`Add ${money(wanted)}?`}
          text={`It goes to the wallet of the client who signs in as ${email.value.trim()}, at once. It cannot be taken back from here.`}
          onClose={() => (isAsked.value = false)}
          foot={
            <>
              <button class="btn btn--primary" type="button" aria-disabled={isBusy.value} onClick={() => void add()}>
                {isBusy.value ? "Adding…" : `Add ${money(wanted)}`}
              </button>
              <button class="btn btn--text" type="button" onClick={() => (isAsked.value = false)}>
                Not now
              </button>
            </>
          }
        />
      )}
    </section>
  );
}

export function CreditsPage() {
  const { found: view, trouble, refresh: look } = useFound<CreditsView>(() => ask("GET /api/credits"));
  return (
    <Frame title="Credits" look="desk">
      <div class="pagehead">
        <h1>Credits</h1>
      </div>
      <div class="stack gap-5">
        <Add onDone={() => void look()} />
        {(!view.value || trouble.value) && <p role="status">{trouble.value || "Looking up what was added…"}</p>}
        {view.value && <Added view={view.value} />}
        <p class="fine">Times are in {zoneName}.</p>
      </div>
    </Frame>
  );
}
