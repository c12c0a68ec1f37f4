/** E-mail in the operator's outbox: what became of each, and what it says where it cannot be sent. */
import type { MailView, OutboxView } from "../../protocol.gen";
import { Icon } from "../../ui/Icon";
import { dateTime } from "../../ui/words";
import { STATES } from "./states";

const REASONS: Record<string, string> = {
  late: "it would have come too late",
  erased: "its receiver was erased",
  unanswered: "the server did not answer; it is sent again",
  read: "it was read meanwhile",
  ended: "what it told of does not take place",
  not_wanted: "its receiver chose not to be told",
  no_number: "there is no number",
};

function why(mail: MailView): string {
  if (!mail.reason) return "";
  return REASONS[mail.reason] ?? `the server answered ${mail.reason}`;
}

function Row({ mail }: { mail: MailView }) {
  const { word, look } = STATES[mail.state];
  const tries = mail.tries > 1 ? `${mail.tries} tries` : "";
  const more = [why(mail), tries].filter(Boolean).join(", ");
  return (
    <tr>
      <td>
        <strong class="strong">{mail.subject || mail.template.replaceAll("_", " ")}</strong>
        <span class="fine outbox__to">{mail.channel === "sms" ? `text, number ends in ${mail.to || "?"}` : mail.to}</span>
      </td>
      <td>
        {mail.text && (
          <details>
            <summary>Read it</summary>
            <pre class="outbox__mail">{mail.text}</pre>
          </details>
        )}
      </td>
      <td>
        <span class={look}>{word}</span>
        {more && <span class="fine">{more}</span>}
      </td>
      <td class="fine">{dateTime(mail.changed_at_ms)}</td>
    </tr>
  );
}

export function Mails({ view }: { view: OutboxView }) {
  return (
    <>
      <h2 id="mails">E-mail</h2>
      {!view.is_mail_set_up && (
        <p class="sub">
          No mail server is set up, so nothing leaves this server: every e-mail is kept here to be read. The settings
          SMTP_URL and MAIL_FROM send them.
        </p>
      )}
      {view.mails.length === 0 ? (
        <div class="card empty">
          <Icon name="message-square" />
          <h3>No e-mail yet</h3>
          <p>Confirmations, invitations, news of bookings, messages and payouts are listed here.</p>
        </div>
      ) : (
        <section class="card card--flush" aria-labelledby="mails">
          <table class="table outbox">
            <thead>
              <tr>
                <th scope="col">E-mail</th>
                <th scope="col">What it says</th>
                <th scope="col">State</th>
                <th scope="col">Since</th>
              </tr>
            </thead>
            <tbody>
              {view.mails.map((mail) => (
                <Row key={mail.id} mail={mail} />
              ))}
            </tbody>
          </table>
        </section>
      )}
    </>
  );
}
