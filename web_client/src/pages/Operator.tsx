/** The operator: what can be looked at now, and nothing that cannot. */
import { useSignal } from "@preact/signals";

import { me } from "../state";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { signOut } from "../ui/signOut";

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
          <p class="sub">
            You can look at the line and at texts, at the state of the server and at its interface. People, terms and payouts have no pages here;
            sessions and what is said in them are not open to operators.
          </p>
        </section>
        <section class="card card--flush" aria-label="What you can look at">
          <ul class="rows">
            <li>
              <a class="row" href="/queue">
                <span class="row__main">
                  <strong class="strong">Live queue</strong>
                  <span class="fine">Who waits how long, who is on duty, and how each request was offered</span>
                </span>
                <Icon name="chevron-right" />
              </a>
            </li>
            <li>
              <a class="row" href="/outbox">
                <span class="row__main">
                  <strong class="strong">Outbox</strong>
                  <span class="fine">Texts sent and to be sent, and what became of each</span>
                </span>
                <Icon name="chevron-right" />
              </a>
            </li>
            {[
              { to: "/readyz", name: "State of the server", about: "Each part, and whether it is ready" },
              { to: "/api/openapi.json", name: "Interface over HTTP", about: "Every route, as OpenAPI" },
            ].map((link) => (
              <li key={link.to}>
                <a class="row" href={link.to} target="_blank" rel="noopener">
                  <span class="row__main">
                    <strong class="strong">{link.name}</strong>
                    <span class="fine">{link.about}, in a new tab</span>
                  </span>
                  <Icon name="chevron-right" />
                </a>
              </li>
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
