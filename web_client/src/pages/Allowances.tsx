/** What a client may take without paying: looked up by their e-mail address, granted, and ended. */
import { useSignal } from "@preact/signals";

import { leftWords } from "../booking_words";
import { ask } from "../http";
import type { AllowanceGrant, ClientAllowances } from "../protocol.gen";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { Problem } from "../ui/Problem";
import { useCommand } from "../ui/useCommand";
import "./Availability.css";

const FORMS: [AllowanceGrant["form"], string][] = [
  ["monthly", "So many a month"],
  ["single", "Single sessions"],
  ["unlimited", "Unlimited"],
];

function Grant({ email, onChange }: { email: string; onChange: (view: ClientAllowances) => void }) {
  const id = useSignal(crypto.randomUUID());
  const kind = useSignal<AllowanceGrant["kind"]>("therapy");
  const form = useSignal<AllowanceGrant["form"]>("monthly");
  const sessions = useSignal("4");
  const until = useSignal("");
  const { isBusy, problem, run } = useCommand();
  const isCounted = form.value !== "unlimited";
  const grant = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      const count = Number(sessions.value);
      if (isCounted && (!Number.isInteger(count) || count < 1)) {
        problem.value = "How many sessions is a number from 1.";
        return;
      }
      const body: AllowanceGrant = {
        id: id.value,
        email,
        kind: kind.value,
        form: form.value,
        name: "your allowance",
        ...(isCounted ? { sessions: count } : {}),
        ...(until.value ? { until: until.value } : {}),
      };
      onChange(await ask("POST /api/allowances", { body }));
      id.value = crypto.randomUUID();
    });
  };
  return (
    <form class="card stack gap-3" noValidate onSubmit={grant} aria-labelledby="grant">
      <h2 id="grant">Grant an allowance</h2>
      <div class="avail__two">
        <div class="field">
          <label for="grant-kind">For</label>
          <span class="select">
            <select class="input" id="grant-kind" value={kind.value} onChange={(event) => (kind.value = event.currentTarget.value === "coaching" ? "coaching" : "therapy")}>
              <option value="therapy">Therapy</option>
              <option value="coaching">Coaching</option>
            </select>
            <Icon name="chevron-down" />
          </span>
        </div>
        <div class="field">
          <label for="grant-form">How many</label>
          <span class="select">
            <select class="input" id="grant-form" value={form.value} onChange={(event) => (form.value = event.currentTarget.value as AllowanceGrant["form"])}>
              {FORMS.map(([value, name]) => (
                <option key={value} value={value}>
                  {name}
                </option>
              ))}
            </select>
            <Icon name="chevron-down" />
          </span>
        </div>
        {isCounted && (
          <div class="field">
            <label for="grant-sessions">Sessions</label>
            <input class="input" id="grant-sessions" type="number" min={1} value={sessions.value} onInput={(event) => (sessions.value = event.currentTarget.value)} />
          </div>
        )}
        <div class="field">
          <label for="grant-until">Until</label>
          <input class="input" id="grant-until" type="date" value={until.value} onInput={(event) => (until.value = event.currentTarget.value)} />
        </div>
      </div>
      <div>
        <button class="btn btn--primary" type="submit" aria-busy={isBusy.value}>
          Grant
        </button>
      </div>
      <Problem text={problem.value} />
    </form>
  );
}

export function AllowancesPage() {
  const email = useSignal("");
  const found = useSignal<ClientAllowances | null>(null);
  const { isBusy, problem, run } = useCommand();
  const find = () => run(async () => {
    found.value = await ask("POST /api/allowances/find", { body: { email: email.value.trim() } });
  });
  const end = (id: string) => run(async () => {
    await ask("DELETE /api/allowances/{id}", { params: { id } });
    found.value = await ask("POST /api/allowances/find", { body: { email: email.value.trim() } });
  });
  const view = found.value;
  return (
    <Frame title="Allowances" look="desk page--narrow">
      <div class="pagehead">
        <div>
          <h1>Allowances</h1>
          <p class="sub">Sessions a client may take without paying. They are used before the wallet.</p>
        </div>
      </div>
      <div class="stack gap-5">
        <form
          class="stack gap-3"
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            void find();
          }}
        >
          <div class="field">
            <label for="allowance-email">Client’s e-mail address</label>
            <input class="input" id="allowance-email" type="email" value={email.value} onInput={(event) => { email.value = event.currentTarget.value; found.value = null; }} />
          </div>
          <div>
            <button class="btn btn--quiet" type="submit" aria-busy={isBusy.value}>
              Find
            </button>
          </div>
          <Problem text={problem.value} />
        </form>
        {view && (
          <section class="card stack gap-2" aria-labelledby="client">
            <h2 id="client">{view.name}</h2>
            {view.allowances.length === 0 && <p class="sub">No allowance: sessions are paid from the wallet.</p>}
            <ul class="rows">
              {view.allowances.map((left) => (
                <li class="row" key={left.id}>
                  <span class="row__main">
                    <strong class="strong">{leftWords(left)}</strong>
                    {left.with_name && <span class="fine">with {left.with_name}</span>}
                  </span>
                  <button class="btn btn--danger-quiet btn--small" type="button" aria-label={`End it: ${leftWords(left)}`} onClick={() => void end(left.id)}>
                    End it
                  </button>
                </li>
              ))}
            </ul>
          </section>
        )}
        {view && <Grant email={email.value.trim()} onChange={(changed) => (found.value = changed)} />}
      </div>
    </Frame>
  );
}
