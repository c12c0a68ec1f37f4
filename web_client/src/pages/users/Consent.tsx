/** A guardian's consent for somebody under 18: what is on file, until when, and the signed paper itself. */
import { shortDay } from "../../days";
import type { ConsentOnFile } from "../../protocol.gen";
import { Icon } from "../../ui/Icon";

function standing(consent: ConsentOnFile): { badge: string; look: string; text: string } {
  switch (consent.state) {
    case "accepted":
      return { badge: "In date", look: "badge--good", text: `Accepted until ${shortDay(consent.good_until ?? "")}.` };
    case "sent":
      return { badge: "To be read", look: "badge--warn", text: "Sent, and an operator has yet to read it. No session can begin before." };
    case "refused":
      return { badge: "Not accepted", look: "badge--bad", text: "It was not accepted, and they were told why. No session can begin." };
    case "expired":
      return { badge: "Run out", look: "badge--bad", text: `It held until ${shortDay(consent.good_until ?? "")}. No session can begin before a new one.` };
    case "missing":
    case "none_needed":
      return { badge: "Missing", look: "badge--bad", text: "Nothing was sent yet. No session can begin; their home page says how to give it." };
    default:
      return consent.state satisfies never;
  }
}

export function Consent({ consent, clientId }: { consent: ConsentOnFile; clientId: string }) {
  const said = standing(consent);
  return (
    <section class="card stack gap-3" aria-labelledby="consent">
      <div class="split">
        <h2 id="consent">Guardian’s consent</h2>
        <span class={`badge ${said.look}`}>{said.badge}</span>
      </div>
      <p class="sub">Under 18. {said.text}</p>
      {consent.name && (
        <dl class="facts">
          <dt>Signed by</dt>
          <dd>
            {consent.name}, {consent.relation}
          </dd>
          <dt>Telephone</dt>
          <dd>
            <a href={`tel:${consent.phone}`}>{consent.phone}</a>
          </dd>
        </dl>
      )}
      {consent.paper && (
        <a class="btn btn--quiet" href={`/api/users/${clientId}/guardian-consent`} download={consent.paper.name}>
          <Icon name="file-text" />
          {consent.paper.name}
        </a>
      )}
    </section>
  );
}
