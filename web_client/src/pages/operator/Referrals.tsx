/** The operator: codes by which a therapist's own clients come, and are offered to that therapist first. */
import { useSignal } from "@preact/signals";

import { ask } from "../../http";
import { Field } from "../../ui/Field";
import { Frame } from "../../ui/Frame";
import { Icon } from "../../ui/Icon";
import { Problem } from "../../ui/Problem";
import { useCommand } from "../../ui/useCommand";
import { useFound } from "../../ui/useFound";
import { dateTime } from "../../ui/words";
import "./operator.css";

export function ReferralsPage() {
  const { found, trouble } = useFound(() => ask("GET /api/referrals"));
  const email = useSignal("");
  const { isBusy, problem, said, run } = useCommand();
  const make = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      found.value = await ask("POST /api/referrals", { body: { email: email.value.trim() } });
      email.value = "";
    }, "The new code stands first in the list.");
  };
  const end = (code: string) =>
    void run(async () => void (found.value = await ask("POST /api/referrals/end", { body: { code } })), "That code opens nothing any more.");
  const codes = found.value?.codes;
  return (
    <Frame title="Referral codes" look="desk page--narrow">
      <div class="pagehead">
        <h1>Referral codes</h1>
      </div>
      <div class="stack operator">
        <form class="card stack" onSubmit={make}>
          <Field label="The therapist’s e-mail address" type="email" value={email} maxLength={254} hint="Their own clients type the code at sign-up, and are offered to them first." />
          <div>
            <button class="btn btn--primary" type="submit" aria-busy={isBusy.value}>
              Make a code
            </button>
          </div>
          <Problem text={problem.value || trouble.value} />
          <p role="status" class="operator__said">
            {said.value}
          </p>
        </form>
        {codes?.length === 0 && (
          <div class="card empty">
            <Icon name="users" />
            <h2>No codes yet</h2>
            <p>Make one when a therapist brings clients of their own.</p>
          </div>
        )}
        {codes && codes.length > 0 && (
          <section class="card card--flush" aria-label="Codes, those that hold first">
            <ul class="rows">
              {codes.map((line) => (
                <li key={line.code} class="row">
                  <span class="row__main">
                    <strong class="strong num operator__code">
                      {line.code.slice(0, 4)} {line.code.slice(4)}
                    </strong>
                    <span class="fine">
                      {line.therapist}, made {dateTime(line.made_at_ms)}, used {line.used} {line.used === 1 ? "time" : "times"}
                    </span>
                  </span>
                  {line.ended_at_ms ? (
                    <span class="badge">Ended</span>
                  ) : (
                    <button class="btn btn--quiet btn--small" type="button" aria-label={`End the code ${line.code}`} onClick={() => end(line.code)}>
                      End
                    </button>
                  )}
                </li>
              ))}
            </ul>
          </section>
        )}
      </div>
    </Frame>
  );
}
