/** A client's wallet: what is theirs, what is held and until when, every line explained, and how to add money. */
import { useSignal } from "@preact/signals";

import type { WalletLine } from "../protocol.gen";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { MoneyTable } from "../ui/MoneyTable";
import { dateTime, money, zoneName } from "../ui/words";
import { badge, said } from "./wallet/lines";
import { TopUp } from "./wallet/TopUp";
import { useWallet } from "./wallet/useWallet";
import "../styles/client.css";
import "./wallet/wallet.css";

function Row({ line }: { line: WalletLine }) {
  const { word, look } = said(line);
  return (
    <tr>
      <td>
        {line.label}
        {line.reason && <span class="fine purse__why">{line.reason}</span>}
      </td>
      <td>{dateTime(line.at_ms, true)}</td>
      <td>
        <span class={badge(look)}>{word}</span>
        {line.receipt && (
          <a class="purse__receipt" href={line.receipt} download aria-label={`Receipt, ${line.label}, ${dateTime(line.at_ms, true)}`}>
            Receipt
          </a>
        )}
      </td>
      <td class="amount">
        {line.amount_pence > 0 ? "+" : ""}
        {money(line.amount_pence)}
      </td>
    </tr>
  );
}

function Lines({ lines }: { lines: WalletLine[] }) {
  return (
    <MoneyTable label="Every line" columns={["What", "When", "State"]}>
      {lines.map((line) => (
        <Row key={line.id} line={line} />
      ))}
    </MoneyTable>
  );
}

export function WalletPage() {
  const { found: view, trouble } = useWallet();
  const isAdding = useSignal(false);
  const found = view.value;
  return (
    <Frame title="Wallet" look="purse lit">
      <div class="stack gap-5">
        <h1>Wallet</h1>
        {(!found || trouble.value) && <p role="status">{trouble.value || "Looking up every line…"}</p>}
        {found && (
          <div class="sums card">
            <div>
              <b class="num">{money(found.available_pence)}</b>
              <span class="sub">ready to use</span>
            </div>
            <div>
              <b class="num">{money(found.held_pence)}</b>
              <span class="sub">held for a session</span>
            </div>
            <button class="btn btn--primary" type="button" onClick={() => (isAdding.value = true)}>
              Top up
            </button>
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
            <h2>Nothing here yet</h2>
            <p>What you add and what sessions cost will be listed here, line by line. Money you do not use stays yours.</p>
          </div>
        )}
      </div>
      {isAdding.value && found?.top_up && <TopUp terms={found.top_up} onClose={() => (isAdding.value = false)} />}
    </Frame>
  );
}
