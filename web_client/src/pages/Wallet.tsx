/** What is mine, what is held and until when: the same lines for a client and for a therapist, in their own words. */
import { useEffect } from "preact/hooks";

import { ask } from "../http";
import type { WalletLine, WalletView } from "../protocol.gen";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { useFound } from "../ui/useFound";
import { dateTime, money, zoneName } from "../ui/words";
import "../styles/client.css";

const STATES: Record<string, { word: string; look: string }> = {
  top_up: { word: "Added", look: "badge badge--good" },
  hold: { word: "Held until the session is over", look: "badge badge--warn" },
  charge: { word: "Paid", look: "badge badge--good" },
  void: { word: "Given back, nothing was taken", look: "badge badge--good" },
  pending: { word: "Held for 24 hours", look: "badge badge--warn" },
  available: { word: "Ready to withdraw", look: "badge badge--good" },
};

function stateOf(line: WalletLine): { word: string; look: string } {
  return STATES[line.kind] ?? STATES[line.state] ?? { word: line.state, look: "badge" };
}

function Lines({ lines }: { lines: WalletLine[] }) {
  return (
    <section class="card card--flush" aria-label="Every line">
      <table class="table">
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">When</th>
            <th scope="col">State</th>
            <th scope="col" class="amount">
              Amount
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.id}>
              <td>{line.label}</td>
              <td>{dateTime(line.at_ms)}</td>
              <td>
                <span class={stateOf(line).look}>{stateOf(line).word}</span>
              </td>
              <td class="amount">
                {line.amount_pence > 0 ? "+" : ""}
                {money(line.amount_pence)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface Wording {
  title: string;
  look: string;
  ready: string;
  held: string;
  emptyTitle: string;
  empty: string;
  next: { to: string; name: string };
}

const FOR_CLIENT: Wording = {
  title: "Wallet",
  look: "purse lit",
  ready: "ready to use",
  held: "held for a session",
  emptyTitle: "Nothing here yet",
  empty: "What is added and what sessions cost will be listed here, line by line. Money you do not use stays yours.",
  next: { to: "/", name: "Home" },
};

const FOR_THERAPIST: Wording = {
  title: "Transactions",
  look: "purse desk",
  ready: "ready to withdraw",
  held: "held for 24 hours after a session",
  emptyTitle: "Nothing earned yet",
  empty: "A session is credited when it ends and yours to withdraw 24 hours later. You need to press nothing for it.",
  next: { to: "/", name: "Dashboard" },
};

function Purse({ wording }: { wording: Wording }) {
  const { found: view, trouble, refresh } = useFound<WalletView>(() => ask("GET /api/wallet"));
  useEffect(() => {
    window.addEventListener("focus", refresh);
    return () => window.removeEventListener("focus", refresh);
  }, []);
  const found = view.value;
  return (
    <Frame title={wording.title} look={wording.look}>
      <div class="stack gap-5">
        <h1>{wording.title}</h1>
        {(!found || trouble.value) && <p role="status">{trouble.value || "Looking up every line…"}</p>}
        {found && (
          <div class="sums card">
            <div>
              <b class="num">{money(found.available_pence)}</b>
              <span class="sub">{wording.ready}</span>
            </div>
            <div>
              <b class="num">{money(found.held_pence)}</b>
              <span class="sub">{wording.held}</span>
            </div>
          </div>
        )}
        {found && found.lines.length > 0 && (
          <>
            <Lines lines={found.lines} />
            <p class="fine">Times are in {zoneName}.</p>
          </>
        )}
        {found && found.lines.length === 0 && (
          <div class="card empty">
            <Icon name="wallet" />
            <h2>{wording.emptyTitle}</h2>
            <p>{wording.empty}</p>
            <a class="btn btn--quiet" href={wording.next.to}>
              {wording.next.name}
            </a>
          </div>
        )}
      </div>
    </Frame>
  );
}

export function WalletPage() {
  return <Purse wording={FOR_CLIENT} />;
}

export function TransactionsPage() {
  return <Purse wording={FOR_THERAPIST} />;
}
