/** Beside the pool: earnings at a glance, and the doors to the other pages. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask } from "../../http";
import type { WalletView } from "../../protocol.gen";
import { Icon } from "../../ui/Icon";
import { useFound } from "../../ui/useFound";
import { later } from "../../ui/later";
import { money } from "../../ui/words";

const rehearsal = later(async () => (await import("./Rehearsal")).Rehearsal, { isPart: true });
const today = later(async () => (await import("./Today")).Today, { isPart: true });

function Earnings() {
  const { found: wallet, trouble } = useFound<WalletView>(() => ask("GET /api/wallet"));
  const show = (pence: number | undefined) => (pence === undefined ? "–" : money(pence));
  return (
    <section class="card stack beside__money" aria-labelledby="earnings">
      <div class="split">
        <h2 id="earnings">Earnings</h2>
        <a class="fine line-link" href="/transactions">
          Transactions
        </a>
      </div>
      {trouble.value ? (
        <p class="sub">{trouble.value}</p>
      ) : (
        <div class="earn">
          <div>
            <b class="num">{show(wallet.value?.available_pence)}</b>
            <span class="fine">ready to withdraw</span>
          </div>
          <div>
            <b class="num">{show(wallet.value?.held_pence)}</b>
            <span class="fine">held for 24 hours</span>
          </div>
        </div>
      )}
    </section>
  );
}

function Doors() {
  const unwritten = useSignal(0);
  useEffect(() => {
    ask("GET /api/call-log")
      .then((log) => (unwritten.value = log.unwritten))
      .catch(() => undefined); // Only the count is missing then; the door still opens.
  }, []);
  return (
    <nav class="doors" aria-label="Doors">
      <a href="/call-log" aria-describedby={unwritten.value > 0 ? "unwritten" : undefined}>
        <Icon name="scroll-text" />
        <span>Call log</span>
        {unwritten.value > 0 && (
          <span class="badge badge--warn" id="unwritten" aria-hidden="true">
            {unwritten.value} without notes
          </span>
        )}
      </a>
      <a href="/users">
        <Icon name="users" />
        Users
      </a>
      <a href="/availability">
        <Icon name="calendar-range" />
        Availability
      </a>
      <a href="/transactions">
        <Icon name="wallet" />
        Transactions
      </a>
      <a href="/account">
        <Icon name="user" />
        Account
      </a>
    </nav>
  );
}

export function Beside() {
  return (
    <aside class="stack beside" aria-label="Today">
      <today.Page />
      <Earnings />
      <Doors />
      <rehearsal.Page />
    </aside>
  );
}
