/** The operator: somebody by their whole address, whether they may come in and why not, and invitations to apply. */
import { useSignal, type Signal } from "@preact/signals";

import { ask } from "../../http";
import type { PersonView } from "../../protocol.gen";
import { me } from "../../state";
import { Field, TextArea } from "../../ui/Field";
import { Frame } from "../../ui/Frame";
import { Problem } from "../../ui/Problem";
import { useCommand } from "../../ui/useCommand";
import { dateTime } from "../../ui/words";
import "./operator.css";

const ROLES: Record<string, string> = { client: "Client", therapist: "Therapist", admin: "Operator" };

function Standing({ person, onChange }: { person: Signal<PersonView | null>; onChange: (said: string) => void }) {
  const reason = useSignal("");
  const { isBusy, problem, run } = useCommand();
  const found = person.value!;
  const change = (event: Event) => {
    event.preventDefault();
    const body = { is_disabled: !found.is_disabled, reason: reason.value.trim() };
    void run(async () => {
      person.value = await ask("POST /api/people/{id}/standing", { params: { id: found.id }, body });
      reason.value = "";
      onChange(body.is_disabled ? "Disabled. They are signed out everywhere." : "They may sign in again.");
    });
  };
  if (found.id === me.value?.id) return <p class="sub">This is your own account: another operator has to change how it stands.</p>;
  return (
    <form class="stack operator__do" onSubmit={change}>
      <TextArea label="Reason" value={reason} maxLength={500} rows={2} hint="Kept for good, sealed; operators read it." />
      <button class={found.is_disabled ? "btn btn--quiet" : "btn btn--danger-quiet"} type="submit" aria-busy={isBusy.value}>
        {found.is_disabled ? "Let them in again" : "Disable"}
      </button>
      <Problem text={problem.value} />
    </form>
  );
}

function Person({ person }: { person: Signal<PersonView | null> }) {
  const said = useSignal("");
  const found = person.value!;
  return (
    <section class="card stack" aria-labelledby="person">
      <div class="split split--wrap">
        <h2 id="person">
          {found.first_name} {found.last_name}
        </h2>
        <span class="cluster">
          <span class="badge">{ROLES[found.role]}</span>
          {found.is_minor && <span class="badge badge--warn">Under 18</span>}
          {found.is_disabled ? <span class="badge badge--bad">Disabled</span> : <span class="badge badge--good">May sign in</span>}
        </span>
      </div>
      <dl class="facts">
        <dt>Email</dt>
        <dd class="operator__long">{found.email}</dd>
        <dt>With us since</dt>
        <dd>{dateTime(found.made_at_ms)}</dd>
        <dt>Signed in</dt>
        <dd>{found.sign_ins === 0 ? "nowhere" : `in ${found.sign_ins} ${found.sign_ins === 1 ? "browser" : "browsers"}`}</dd>
        <dt>Second step</dt>
        <dd>{found.has_second_step ? "on" : "off"}</dd>
        {found.own_therapist && (
          <>
            <dt>Came by</dt>
            <dd>{found.own_therapist}</dd>
          </>
        )}
      </dl>
      {found.standing.length > 0 && (
        <ul class="rows">
          {found.standing.map((line) => (
            <li key={line.at_ms} class="row">
              <span class="row__main">
                <strong class="strong">{line.is_disabled ? "Disabled" : "Let in again"}</strong>
                <span>{line.reason}</span>
                <span class="fine">
                  {line.by_name}, {dateTime(line.at_ms)}
                </span>
              </span>
            </li>
          ))}
        </ul>
      )}
      <p role="status" class="operator__said">
        {said.value}
      </p>
      <Standing person={person} onChange={(words) => (said.value = words)} />
    </section>
  );
}

function Find({ person }: { person: Signal<PersonView | null> }) {
  const email = useSignal("");
  const { isBusy, problem, run } = useCommand();
  const find = (event: Event) => {
    event.preventDefault();
    person.value = null;
    void run(async () => void (person.value = await ask("POST /api/people/find", { body: { email: email.value.trim() } })));
  };
  return (
    <form class="card stack" onSubmit={find}>
      <Field label="Email" type="email" value={email} maxLength={254} hint="The whole address. Each look-up stands on the audit trail." />
      <div>
        <button class="btn btn--primary" type="submit" aria-busy={isBusy.value}>
          Find
        </button>
      </div>
      <Problem text={problem.value} />
    </form>
  );
}

function Invite() {
  const email = useSignal("");
  const { isBusy, problem, said, run } = useCommand();
  const invite = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      await ask("POST /api/invitations", { body: { email: email.value.trim() } });
      email.value = "";
    }, "The invitation is on its way.");
  };
  return (
    <form class="card stack" aria-labelledby="invite" onSubmit={invite}>
      <h2 id="invite">Invite a therapist</h2>
      <Field label="Their e-mail address" type="email" value={email} maxLength={254} />
      <div>
        <button class="btn btn--quiet" type="submit" aria-busy={isBusy.value}>
          Send an invitation
        </button>
      </div>
      <Problem text={problem.value} />
      <p role="status" class="operator__said">
        {said.value}
      </p>
    </form>
  );
}

export function PeoplePage() {
  const person = useSignal<PersonView | null>(null);
  return (
    <Frame title="People" look="desk page--narrow">
      <div class="pagehead">
        <h1>People</h1>
      </div>
      <div class="stack">
        <Find person={person} />
        {person.value && <Person key={person.value.id} person={person} />}
        <Invite />
      </div>
    </Frame>
  );
}
