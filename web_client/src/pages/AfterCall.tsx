/** After the call: a kind sentence first, then what was charged, once that is settled. */
import { ask } from "../http";
import type { ReceiptView } from "../protocol.gen";
import { me } from "../state";
import { Crisis } from "../ui/Crisis";
import { Frame } from "../ui/Frame";
import { useUntil } from "../ui/useUntil";
import { dateTime, duration, endedByItself, money, zoneName } from "../ui/words";
import { Feedback } from "./after/Feedback";
import "../styles/client.css";

// Later than that it is settled without this page.
const ASKED = { everyMs: 1_000, forMs: 30_000 };
const BILLABLE_S = 120;

function paidWords(receipt: ReceiptView): string {
  if (!receipt.is_settled) return "Being settled; you need not wait for it";
  if (receipt.is_from_allowance) return "One session of your allowance";
  return receipt.charged_pence === 0 ? "Nothing was charged" : `${money(receipt.charged_pence)} from your wallet`;
}

function Receipt({ receipt }: { receipt: ReceiptView }) {
  return (
    <section class="card stack gap-3" aria-labelledby="receipt">
      <h2 id="receipt">Receipt</h2>
      <dl class="facts">
        <dt>Session</dt>
        <dd>
          {receipt.is_booked ? "Booked" : "Quick connect"}, {duration(receipt.length_s)}
        </dd>
        <dt>With</dt>
        <dd>
          {receipt.therapist.first_name} {receipt.therapist.last_name}
        </dd>
        <dt>When</dt>
        <dd>
          {dateTime(receipt.at_ms, true)}, {zoneName}
        </dd>
        <dt>Paid</dt>
        <dd aria-live="polite">{paidWords(receipt)}</dd>
      </dl>
      {receipt.is_settled && (
        <a class="line-link" href={`/api/sessions/${receipt.session_id}/receipt.pdf`} download>
          Save as PDF
        </a>
      )}
    </section>
  );
}

function Words({ receipt }: { receipt: ReceiptView }) {
  if (receipt.is_settled && receipt.charged_pence === 0 && !receipt.is_from_allowance && receipt.length_s < BILLABLE_S) {
    return (
      <>
        <h1>Nothing was charged</h1>
        <p class="lead">
          You and {receipt.therapist.first_name} were together for less than two minutes, so nothing was taken. Asking
          was worth it; you can ask again at any time.
        </p>
      </>
    );
  }
  if (receipt.length_s < BILLABLE_S) return <h1>Thank you for being here, {me.value?.first_name}</h1>;
  return (
    <>
      <h1>That took courage, {me.value?.first_name}</h1>
      <p class="lead">
        You talked with {receipt.therapist.first_name} for {duration(receipt.length_s)}.{" "}
        {receipt.ended_reason !== "client" && endedByItself(receipt.ended_reason)}
      </p>
    </>
  );
}

/** Nobody is asked for a rating before they read that nothing was charged. */
function isRateable(receipt: ReceiptView): boolean {
  return receipt.length_s >= BILLABLE_S || (receipt.is_settled && receipt.length_s > 0);
}

export function AfterCallPage({ id }: { id: string }) {
  const look = () => ask("GET /api/sessions/{id}/receipt", { params: { id } });
  const { found: receipt, trouble } = useUntil<ReceiptView>(id, look, (found) => found.is_settled, ASKED);
  const found = receipt.value;
  return (
    <Frame title="After the call" look="after lit" hasCrisis>
      <section class="stack gap-5">
        <div class="stack gap-2">
          {found ? <Words receipt={found} /> : <h1>Thank you for being here</h1>}
          {trouble.value && <p role="status">{trouble.value}</p>}
          {!found && !trouble.value && <p role="status">Looking up your receipt…</p>}
        </div>
        {found && (
          <a class="btn btn--primary btn--wide again" href={`/book/with/${found.therapist.id}`}>
            Book again with {found.therapist.first_name}
          </a>
        )}
        {found && isRateable(found) && <Feedback id={id} name={found.therapist.first_name} />}
        <div class="after__on">
          {found && (
            <a class="btn btn--quiet" href={`/messages/with/${found.therapist.id}`}>
              Message {found.therapist.first_name}
            </a>
          )}
          <a class="btn btn--quiet" href="/">
            Home
          </a>
          <a class="btn btn--text" href={`/support/new/${id}`}>
            Report a problem
          </a>
        </div>
        <p class="fine">Take a moment before the next thing: a glass of water, some air.</p>
      </section>
      <aside class="stack gap-5" aria-label="Receipt and crisis numbers">
        {found && <Receipt receipt={found} />}
        <div class="card">
          <Crisis />
        </div>
      </aside>
    </Frame>
  );
}
