/** What a therapist has earned, session by session, with what is left to do about each; withdrawing; statements. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask } from "../http";
import type { WalletLine, WalletView } from "../protocol.gen";
import { navigate, path } from "../router";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { MoneyTable } from "../ui/MoneyTable";
import { dateTime, dayOf, money, zoneName } from "../ui/words";
import { Invoice } from "./wallet/Invoice";
import { badge, said } from "./wallet/lines";
import { Statement } from "./wallet/Statement";
import { TakeBack } from "./wallet/TakeBack";
import { useWallet } from "./wallet/useWallet";
import { Withdraw } from "./wallet/Withdraw";
import "../styles/client.css";
import "./wallet/wallet.css";

type Open = { what: "withdraw" } | { what: "invoice" | "take-back"; line: WalletLine } | null;

function Todo({ line, onOpen }: { line: WalletLine; onOpen: (open: Open) => void }) {
  const { todo } = line;
  if (todo.length === 0) return null;
  return (
    <span class="purse__todo">
      {todo.includes("end") && <a href={`/call/${line.session_id}`}>Not ended: go back to the call</a>}
      {todo.includes("notes") && <a href={`/sessions/${line.session_id}`}>Notes missing: write them</a>}
      {todo.includes("invoice") && (
        <>
          <button class="btn btn--text btn--small" type="button" onClick={() => onOpen({ what: "invoice", line })}>
            Upload invoice
          </button>
          <button class="btn btn--text btn--small" type="button" onClick={() => onOpen({ what: "take-back", line })}>
            Take it back
          </button>
        </>
      )}
    </span>
  );
}

function Row({ line, onOpen }: { line: WalletLine; onOpen: (open: Open) => void }) {
  const { word, look } = said(line);
  return (
    <tr>
      <td>{line.session_id ? <a href={`/sessions/${line.session_id}`}>{line.label}</a> : line.label}</td>
      <td>{dateTime(line.at_ms)}</td>
      <td>
        <span class={badge(look)}>{word}</span>
        <Todo line={line} onOpen={onOpen} />
      </td>
      <td class="amount">{money(line.amount_pence)}</td>
    </tr>
  );
}

function Lines({ lines, onOpen }: { lines: WalletLine[]; onOpen: (open: Open) => void }) {
  const isUnfinishedOnly = useSignal(false);
  const unfinished = lines.filter((line) => line.todo.length > 0);
  const shown = isUnfinishedOnly.value ? unfinished : lines;
  return (
    <>
      <div class="chips">
        <label class="chip">
          <input
            type="checkbox"
            checked={isUnfinishedOnly.value}
            onChange={(event) => (isUnfinishedOnly.value = event.currentTarget.checked)}
          />
          <span>Unfinished only ({unfinished.length})</span>
        </label>
      </div>
      {shown.length === 0 ? (
        <p class="sub">Nothing is left to do: every call has ended, every session has notes, every invoice is there.</p>
      ) : (
        <MoneyTable label="Every line" columns={["What", "When", "State"]}>
          {shown.map((line) => (
            <Row key={line.id} line={line} onOpen={onOpen} />
          ))}
        </MoneyTable>
      )}
    </>
  );
}

function Sums({ view, onWithdraw }: { view: WalletView; onWithdraw: () => void }) {
  const isNothing = view.available_pence === 0;
  return (
    <div class="sums card">
      <div>
        <b class="num">{money(view.available_pence)}</b>
        <span class="sub">ready to withdraw</span>
      </div>
      <div>
        <b class="num">{money(view.held_pence)}</b>
        <span class="sub">held for 24 hours after a session</span>
      </div>
      {view.withdrawing_pence > 0 && (
        <div>
          <b class="num">{money(view.withdrawing_pence)}</b>
          <span class="sub">being paid out</span>
        </div>
      )}
      <button
        class="btn btn--primary"
        type="button"
        aria-disabled={isNothing ? true : undefined}
        aria-describedby={isNothing ? "why-not" : undefined}
        onClick={() => !isNothing && onWithdraw()}
      >
        Withdraw
      </button>
      {isNothing && (
        <p class="fine sums__why" id="why-not">
          Nothing is ready to withdraw now.
        </p>
      )}
    </div>
  );
}

/** Where an invoice is still to come: how much it must be for, and until when it is in time. */
function InvoiceBanner({ view, onOpen }: { view: WalletView; onOpen: (open: Open) => void }) {
  const waiting = view.lines.filter((line) => line.todo.includes("invoice"));
  const [first] = waiting;
  const terms = view.payout;
  if (!first || !terms) return null;
  return (
    <div class="banner banner--warn" role="status">
      <Icon name="file-text" />
      <div>
        <p>
          <strong>
            One step left: send an invoice for <span class="num">{money(-first.amount_pence)}</span>.
          </strong>
        </p>
        <p>
          Made out to {terms.practice}
          {terms.practice_address && `, ${terms.practice_address}`}.{" "}
          {terms.invoice_email ? (
            <>
              Upload it here or mail it to <a href={`mailto:${terms.invoice_email}`}>{terms.invoice_email}</a>.
            </>
          ) : (
            "Upload it here."
          )}{" "}
          Received by {dayOf(terms.invoice_by)}, it is paid on {dayOf(terms.pay_on)}.
          {waiting.length > 1 && ` ${waiting.length - 1} more below.`}
        </p>
      </div>
      <button class="btn btn--primary btn--small" type="button" onClick={() => onOpen({ what: "invoice", line: first })}>
        Upload invoice
      </button>
    </div>
  );
}

export function TransactionsPage() {
  const { found: view, trouble, refresh: look } = useWallet();
  const open = useSignal<Open>(null);
  const found = view.value;
  const close = () => (open.value = null);
  const done = async () => {
    close();
    await look();
  };
  useEffect(() => {
    if (path.value !== "/transactions/connected") return;
    // Back from the payment service, whose own report may still be on its way.
    ask("POST /api/payout-details/look")
      .catch((refusal: Error) => (trouble.value = refusal.message))
      .then(look)
      .finally(() => navigate("/transactions", { replace: true }));
  }, []);
  const act = open.value;
  return (
    <Frame title="Transactions" look="purse desk">
      <div class="stack gap-5">
        <h1>Transactions</h1>
        {(!found || trouble.value) && <p role="status">{trouble.value || "Looking up every line…"}</p>}
        {found && <InvoiceBanner view={found} onOpen={(next) => (open.value = next)} />}
        {found && <Sums view={found} onWithdraw={() => (open.value = { what: "withdraw" })} />}
        {found && found.lines.length > 0 && (
          <>
            <Lines lines={found.lines} onOpen={(next) => (open.value = next)} />
            <p class="fine">Times are in {zoneName}.</p>
            <Statement />
          </>
        )}
        {found && found.lines.length === 0 && (
          <div class="card empty">
            <Icon name="wallet" />
            <h2>Nothing earned yet</h2>
            <p>A session is credited when it ends and yours to withdraw 24 hours later. You need to press nothing for it.</p>
            <a class="btn btn--quiet" href="/">
              Go to the pool
            </a>
          </div>
        )}
      </div>
      {act?.what === "withdraw" && found?.payout && (
        <Withdraw availablePence={found.available_pence} terms={found.payout} onClose={close} onDone={() => void done()} />
      )}
      {act?.what === "invoice" && found?.payout && (
        <Invoice line={act.line} terms={found.payout} onClose={close} onDone={() => void done()} />
      )}
      {act?.what === "take-back" && <TakeBack line={act.line} onClose={close} onDone={() => void done()} />}
    </Frame>
  );
}
