/** The operator pays therapists: what is due, what waits for an invoice, what the bank is to pay, what was paid. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask } from "../http";
import type { BatchView, PayoutLine, PayoutsView } from "../protocol.gen";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { ACTS, MoneyTable } from "../ui/MoneyTable";
import { useFound } from "../ui/useFound";
import { dateTime, dayOf, money, zoneName } from "../ui/words";
import { Arrived } from "./payouts/Arrived";
import { Confirm } from "./payouts/Confirm";
import { sum, words } from "./payouts/lines";
import { Why } from "./payouts/Why";
import "./payouts/payouts.css";

type Open =
  | { what: "arrived" | "refuse" | "fail" | "back"; line: PayoutLine }
  | { what: "confirm"; lines: PayoutLine[] }
  | { what: "paid"; batch: BatchView }
  | null;

const RAILS = { invoice: "By bank transfer", processor: "By the payment service" };

interface Part {
  onOpen: (open: Open) => void;
}

function Who({ line }: { line: PayoutLine }) {
  return (
    <td>
      <strong class="strong">{line.therapist}</strong>
      <span class="fine">{words(line)}</span>
    </td>
  );
}

function InvoiceLink({ line }: { line: PayoutLine }) {
  if (!line.has_file) return null;
  return (
    <a
      class="btn btn--quiet btn--small"
      href={`/api/withdrawals/${line.id}/invoice`}
      download
      aria-label={`Invoice of ${line.therapist}, ${money(line.amount_pence)}`}
    >
      Invoice
    </a>
  );
}

function Act({ name, line, onPress }: { name: string; line: PayoutLine; onPress: () => void }) {
  return (
    <button
      class="btn btn--quiet btn--small"
      type="button"
      aria-label={`${name}, ${line.therapist}, ${money(line.amount_pence)}`}
      onClick={onPress}
    >
      {name}
    </button>
  );
}

function ToPay({ lines, onOpen }: Part & { lines: PayoutLine[] }) {
  // Those that are due are chosen at first; these are the other way round.
  const turned = useSignal<ReadonlySet<string>>(new Set());
  const rails = (["invoice", "processor"] as const).filter((rail) => lines.some((line) => line.rail === rail));
  const toggle = (id: string) => {
    const next = new Set(turned.peek());
    if (!next.delete(id)) next.add(id);
    turned.value = next;
  };
  if (lines.length === 0) {
    return (
      <div class="card empty">
        <Icon name="wallet" />
        <h2>Nothing to pay</h2>
        <p>A withdrawal stands here once its invoice has come, with the day on which it is due.</p>
      </div>
    );
  }
  return (
    <>
      {rails.map((rail) => {
        const here = lines.filter((line) => line.rail === rail);
        const chosen = here.filter((line) => line.is_due !== turned.value.has(line.id));
        return (
          <MoneyTable
            key={rail}
            label={RAILS[rail]}
            columns={[RAILS[rail], "Due", ACTS]}
            look="payouts"
            foot={
              <div class="payouts__foot">
                <p class="sub" aria-live="polite">
                  {chosen.length === 0 ? "None chosen. Those that are due are chosen at first." : `${chosen.length} chosen, ${money(sum(chosen))}`}
                </p>
                <button
                  class="btn btn--primary"
                  type="button"
                  aria-disabled={chosen.length === 0 ? true : undefined}
                  onClick={() => chosen.length > 0 && onOpen({ what: "confirm", lines: chosen })}
                >
                  Schedule {chosen.length > 0 ? money(sum(chosen)) : "payouts"}
                </button>
              </div>
            }
          >
            {here.map((line) => (
              <tr key={line.id}>
                <td>
                  <label class="check payouts__pick">
                    <input
                      type="checkbox"
                      aria-label={`Pay ${line.therapist}, ${money(line.amount_pence)}`}
                      checked={chosen.includes(line)}
                      onChange={() => toggle(line.id)}
                    />
                    <span>
                      <strong class="strong">{line.therapist}</strong>
                      <span class="fine">{words(line)}</span>
                    </span>
                  </label>
                </td>
                <td>
                  <span>{line.pay_on && dayOf(line.pay_on)}</span>
                  {line.is_due && <span class="badge badge--warn">Due</span>}
                </td>
                <td class="payouts__acts">
                  <InvoiceLink line={line} />
                  {rail === "invoice" && (
                    <Act name="Refuse invoice" line={line} onPress={() => onOpen({ what: "refuse", line })} />
                  )}
                </td>
                <td class="amount">{money(line.amount_pence)}</td>
              </tr>
            ))}
          </MoneyTable>
        );
      })}
    </>
  );
}

function Waiting({ lines, onOpen }: Part & { lines: PayoutLine[] }) {
  if (lines.length === 0) return <p class="sub">No withdrawal waits for an invoice.</p>;
  return (
    <MoneyTable label="Waiting for an invoice" columns={["Therapist", "Since", ACTS]} look="payouts">
      {lines.map((line) => (
        <tr key={line.id}>
          <Who line={line} />
          <td>{dateTime(line.requested_at_ms)}</td>
          <td class="payouts__acts">
            <Act name="Invoice arrived" line={line} onPress={() => onOpen({ what: "arrived", line })} />
            <Act name="Give back" line={line} onPress={() => onOpen({ what: "fail", line })} />
          </td>
          <td class="amount">{money(line.amount_pence)}</td>
        </tr>
      ))}
    </MoneyTable>
  );
}

function Batch({ batch, onOpen }: Part & { batch: BatchView }) {
  const open = batch.lines.filter((line) => line.state === "scheduled");
  return (
    <MoneyTable
      label={`Scheduled, ${money(batch.total_pence)}`}
      columns={[`${batch.count === 1 ? "1 payout" : `${batch.count} payouts`}, scheduled by ${batch.by_name}`, "Day", ACTS]}
      look="payouts"
      foot={
        <div class="payouts__foot">
          <p class="sub">
            {batch.rail === "invoice"
              ? "Give the file to the bank, see that it has paid, then mark it."
              : "The payment service is asked on the day. What is paid marks itself."}
          </p>
          {batch.rail === "invoice" && (
            <a class="btn btn--quiet" href={`/api/batches/${batch.id}/bank.csv`} download>
              <Icon name="file-down" small />
              Bank file
            </a>
          )}
          {(batch.rail === "invoice" || open.some((line) => line.order === "stuck")) && (
            <button class="btn btn--primary" type="button" onClick={() => onOpen({ what: "paid", batch })}>
              Mark as paid
            </button>
          )}
        </div>
      }
    >
      {batch.lines.map((line) => (
        <tr key={line.id}>
          <Who line={line} />
          <td>{line.pay_on && dayOf(line.pay_on)}</td>
          <td class="payouts__acts">
            <InvoiceLink line={line} />
            {line.state === "scheduled" && (
              <Act name="It failed" line={line} onPress={() => onOpen({ what: "fail", line })} />
            )}
          </td>
          <td class="amount">{money(line.amount_pence)}</td>
        </tr>
      ))}
    </MoneyTable>
  );
}

function Lately({ lines, onOpen }: Part & { lines: PayoutLine[] }) {
  return (
    <MoneyTable label="Lately" columns={["Therapist", "When", "State", ACTS]} look="payouts">
      {lines.map((line) => (
        <tr key={line.id}>
          <Who line={line} />
          <td>{dateTime(line.changed_at_ms)}</td>
          <td>
            <span class={line.state === "paid" ? "badge badge--good" : "badge badge--bad"}>
              {line.state === "paid" ? "Paid" : "Not paid"}
            </span>
          </td>
          <td class="payouts__acts">
            {line.state === "paid" && line.rail === "invoice" && (
              <Act name="It came back" line={line} onPress={() => onOpen({ what: "back", line })} />
            )}
          </td>
          <td class="amount">{money(line.amount_pence)}</td>
        </tr>
      ))}
    </MoneyTable>
  );
}

export function PayoutsPage() {
  const { found: view, trouble, refresh: look } = useFound<PayoutsView>(() => ask("GET /api/payouts"));
  const open = useSignal<Open>(null);
  useEffect(() => {
    const again = () => void look();
    window.addEventListener("focus", again);
    return () => window.removeEventListener("focus", again);
  }, []);
  const close = () => (open.value = null);
  const done = () => {
    close();
    void look();
  };
  const onOpen = (next: Open) => (open.value = next);
  const found = view.value;
  const act = open.value;
  return (
    <Frame title="Payouts due" look="desk">
      <div class="pagehead">
        <h1>Payouts due</h1>
      </div>
      <div class="stack gap-5">
        {(!found || trouble.value) && <p role="status">{trouble.value || "Looking up what is due…"}</p>}
        {found && (
          <>
            <h2>To pay</h2>
            <ToPay lines={found.to_pay} onOpen={onOpen} />
            {found.batches.length > 0 && <h2>Scheduled</h2>}
            {found.batches.map((batch) => (
              <Batch key={batch.id} batch={batch} onOpen={onOpen} />
            ))}
            <h2>Waiting for an invoice</h2>
            <Waiting lines={found.waiting} onOpen={onOpen} />
            {found.lately.length > 0 && (
              <>
                <h2>Lately</h2>
                <Lately lines={found.lately} onOpen={onOpen} />
              </>
            )}
            <p class="fine">Days are days in London, times are in {zoneName}.</p>
          </>
        )}
      </div>
      {act?.what === "arrived" && <Arrived line={act.line} onClose={close} onDone={done} />}
      {(act?.what === "refuse" || act?.what === "fail" || act?.what === "back") && <Why what={act.what} line={act.line} onClose={close} onDone={done} />}
      {act?.what === "confirm" && <Confirm lines={act.lines} onClose={close} onDone={done} />}
      {act?.what === "paid" && <Confirm batch={act.batch} lines={act.batch.lines} onClose={close} onDone={done} />}
    </Frame>
  );
}
