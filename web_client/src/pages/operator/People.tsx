/** The operator: somebody by their whole address, whether they may come in and why not, and invitations to apply. */
import { useSignal, type Signal } from "@preact/signals";

import { ask } from "../../http";
import type { PersonView } from "../../protocol.gen";
import { navigate } from "../../router";
import { me } from "../../state";
import { Field, TextArea } from "../../ui/Field";
import { Frame } from "../../ui/Frame";
import { Problem } from "../../ui/Problem";
import { useCommand } from "../../ui/useCommand";
import { useKept } from "../../ui/useKept";
import { dateTime } from "../../ui/words";
import "./operator.css";

const ROLES: Record<string, string> = { client: "Client", therapist: "Therapist", admin: "Operator" };

function Standing({ person, onChange }: { person: Signal<PersonView | null>; onChange: (said: string) => void }) {
  const found = person.value!;
  const reason = useKept(`standing:${found.id}`, "");
  const { isBusy, problem, run } = useCommand();
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

/** What was decided, in a word or two. */
function decided(line: PersonView["standing"][number]): string {
  if (line.act === "share") return `Share of ${line.share_percent} %`;
  return { disabled: "Disabled", let_in: "Let in again", second_step_reset: "Second step taken away" }[line.act];
}

interface Part {
  person: Signal<PersonView | null>;
  onDone: (said: string) => void;
}

function ResetSecondStep({ person, onDone }: Part) {
  const found = person.value!;
  const reason = useKept(`second-step:${found.id}`, "");
  const present = useSignal("");
  const { isBusy, problem, run } = useCommand();
  const reset = (event: Event) => {
    event.preventDefault();
    const body = { reason: reason.value.trim(), present: present.value };
    void run(async () => {
      person.value = await ask("POST /api/people/{id}/second-step/reset", { params: { id: found.id }, body });
      reason.value = "";
      onDone("Their second step is gone. They are signed out everywhere and told by mail.");
    });
  };
  return (
    <details class="operator__do">
      <summary>They have lost their second step</summary>
      <form class="stack" onSubmit={reset}>
        <p class="sub">
          Make sure first that it is them, for example by ringing the number you know. Their password stays; they set up a
          new second step with it.
        </p>
        <TextArea label="How you know that it is them" value={reason} maxLength={500} rows={2} hint="Kept for good, sealed; operators read it." />
        <Field label="Your own password" type="password" value={present} autoComplete="current-password" />
        <div>
          <button class="btn btn--danger-quiet" type="submit" aria-busy={isBusy.value}>
            Take their second step away
          </button>
        </div>
        <Problem text={problem.value} />
      </form>
    </details>
  );
}

function Share({ person, onDone }: Part) {
  const found = person.value!;
  const percent = useSignal(String(found.share_percent));
  const reason = useKept(`share:${found.id}`, "");
  const { isBusy, problem, run } = useCommand();
  const change = (event: Event) => {
    event.preventDefault();
    const body = { share_percent: Number(percent.value), reason: reason.value.trim() };
    void run(async () => {
      person.value = await ask("POST /api/people/{id}/share", { params: { id: found.id }, body });
      reason.value = "";
      onDone("Saved. It counts for sessions that end from now on, and they are told by mail.");
    });
  };
  return (
    <details class="operator__do">
      <summary>Change their share of the price</summary>
      <form class="stack" onSubmit={change}>
        <Field label="Share in percent" type="number" value={percent} min="0" max="100" />
        <TextArea label="Why" value={reason} maxLength={500} rows={2} hint="Kept for good, sealed; operators read it." />
        <div>
          <button class="btn btn--quiet" type="submit" aria-busy={isBusy.value}>
            Save share
          </button>
        </div>
        <Problem text={problem.value} />
      </form>
    </details>
  );
}

function Conduct({ person }: { person: PersonView }) {
  const id = useSignal<string>(crypto.randomUUID());
  const subject = useKept(`conduct:${person.id}:subject`, "");
  const text = useKept(`conduct:${person.id}:text`, "");
  const { isBusy, problem, run } = useCommand();
  const begin = (event: Event) => {
    event.preventDefault();
    const body = { id: id.value, subject: subject.value.trim(), text: text.value.trim() };
    void run(async () => {
      const made = await ask("POST /api/people/{id}/conduct", { params: { id: person.id }, body });
      subject.value = text.value = "";
      navigate(`/support/${made.line.id}`);
    });
  };
  return (
    <details class="operator__do">
      <summary>Raise a matter of conduct</summary>
      <form class="stack" onSubmit={begin}>
        <p class="sub">
          They read it under Support, are told by mail that you wrote, and answer there. What you decide then they may appeal
          against, to another operator.
        </p>
        <Field label="What it is about" value={subject} maxLength={120} />
        <TextArea label="What happened, and what you ask them" value={text} maxLength={4_000} rows={5} />
        <div>
          <button class="btn btn--quiet" type="submit" aria-busy={isBusy.value}>
            Send it to them
          </button>
        </div>
        <Problem text={problem.value} />
      </form>
    </details>
  );
}

function Person({ person }: { person: Signal<PersonView | null> }) {
  const said = useSignal("");
  const found = person.value!;
  return (
    <section class="card stack operator" aria-labelledby="person">
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
        {found.share_percent !== null && (
          <>
            <dt>Share</dt>
            <dd>{found.share_percent} % of each session’s price</dd>
          </>
        )}
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
                <strong class="strong">{decided(line)}</strong>
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
      {found.id !== me.value?.id && found.share_percent !== null && <Share person={person} onDone={(words) => (said.value = words)} />}
      {found.id !== me.value?.id && found.has_second_step && <ResetSecondStep person={person} onDone={(words) => (said.value = words)} />}
      {found.role === "therapist" && <Conduct person={found} />}
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
