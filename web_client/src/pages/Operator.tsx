/** The operator: what can be looked at now, and nothing that cannot. */
import { useSignal } from "@preact/signals";

import { me } from "../state";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { LinkRow } from "../ui/LinkRow";
import { signOut } from "../ui/signOut";

const PAGES = [
  { to: "/queue", name: "Live queue", about: "Who waits how long, who is on duty, and how each request was offered" },
  { to: "/outbox", name: "Outbox", about: "What was sent and is to be sent, and what became of it" },
  { to: "/payouts", name: "Payouts due", about: "Invoices, what is due on which Friday, and the file for the bank" },
  { to: "/credits", name: "Credits", about: "Add money to a client’s wallet, with a reason" },
  { to: "/books", name: "Books", about: "Whether the money adds up, and where it is" },
  { to: "/feedback", name: "Feedback", about: "How clients rate the sessions of each therapist, and what therapists say of working here" },
  { to: "/people", name: "People", about: "Find somebody, disable them or let them in again, invite a therapist" },
  { to: "/applications", name: "Applications", about: "Therapists to approve, with their papers" },
  { to: "/support", name: "Support", about: "Questions, problems, complaints and conduct to be answered" },
  { to: "/concerns", name: "Concerns", about: "For somebody’s safety: what is known, who acts, and how it ended" },
  { to: "/guardians", name: "Guardians’ consents", about: "For clients under 18, to be read and reviewed" },
  { to: "/referrals", name: "Referral codes", about: "For clients whom a therapist brings along" },
  { to: "/services", name: "Services", about: "What may be booked, at what price and under which rules" },
  { to: "/allowances", name: "Allowances", about: "Sessions a client may take without paying" },
  { to: "/agreements", name: "Terms and consents", about: "What people agree to, in versions, and from when on" },
  { to: "/audit", name: "Audit trail", about: "Who did what to whose record, and the proof that it is whole" },
];

export function OperatorPage() {
  const trouble = useSignal("");
  const who = me.value;
  return (
    <Frame title="Operator" look="desk page--narrow">
      <div class="pagehead">
        <h1>Operator</h1>
      </div>
      <div class="stack">
        <section class="card stack" aria-labelledby="who">
          <h2 id="who">
            Signed in as {who?.first_name} {who?.last_name}
          </h2>
          <p class="sub">Sessions, and what is said and written in them, are not open to operators.</p>
        </section>
        <section class="card card--flush" aria-label="What you can look at">
          <ul class="rows">
            {PAGES.map((page) => (
              <LinkRow key={page.to} to={page.to} name={page.name} about={page.about} />
            ))}
            {[
              { to: "/readyz", name: "State of the server", about: "Each part, and whether it is ready" },
              { to: "/api/openapi.json", name: "Interface over HTTP", about: "Every route, as OpenAPI" },
            ].map((link) => (
              <LinkRow key={link.to} to={link.to} name={link.name} about={`${link.about}, in a new tab`} isNewTab />
            ))}
          </ul>
        </section>
        <div>
          <button
            class="btn btn--quiet"
            type="button"
            onClick={() => void signOut().catch((refusal: Error) => (trouble.value = refusal.message))}
          >
            <Icon name="log-out" />
            Sign out
          </button>
          <p class="sub" role="status">
            {trouble.value}
          </p>
        </div>
      </div>
    </Frame>
  );
}
