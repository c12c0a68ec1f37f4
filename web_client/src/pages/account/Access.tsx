/** The address and the password one signs in with; both ask for the present password first. */
import { useSignal } from "@preact/signals";

import { ask } from "../../http";
import { Field } from "../../ui/Field";
import { NewPassword } from "../../ui/NewPassword";
import { Problem } from "../../ui/Problem";
import { useCommand } from "../../ui/useCommand";
import { Mail } from "./Mail";

function Email({ email, onMoved }: { email: string; onMoved: () => void }) {
  const id = useSignal("");
  const next = useSignal("");
  const present = useSignal("");
  const code = useSignal("");
  const { isBusy, problem, said, run } = useCommand();
  const askForCode = (event: Event) => {
    event.preventDefault();
    const made = crypto.randomUUID();
    const body = { id: made, email: next.value.trim(), present: present.value };
    void run(async () => {
      await ask("POST /api/account/email", { body });
      id.value = made;
    });
  };
  const confirm = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      await ask("POST /api/account/email/confirm", { body: { id: id.value, code: code.value } });
      id.value = next.value = present.value = code.value = "";
      onMoved();
    }, "Your e-mail address is changed.");
  };
  return (
    <details class="account__more">
      <summary>Change e-mail address</summary>
      {id.value ? (
        <form class="stack" onSubmit={confirm}>
          <p class="sub">If it can be used, {next.value} gets a mail with a code of eight digits.</p>
          <Field label="Code from the mail" value={code} inputMode="numeric" autoComplete="one-time-code" maxLength={12} />
          <div class="cluster">
            <button class="btn btn--primary" type="submit" aria-busy={isBusy.value}>
              Confirm
            </button>
            <button class="btn btn--text" type="button" onClick={() => (id.value = "")}>
              Another address
            </button>
          </div>
          <Problem text={problem.value} />
        </form>
      ) : (
        <form class="stack" onSubmit={askForCode}>
          <input type="hidden" autoComplete="username" value={email} />
          <Field label="New e-mail address" type="email" value={next} autoComplete="email" maxLength={254} />
          <Field label="Present password" type="password" value={present} autoComplete="current-password" />
          <button class="btn btn--quiet" type="submit" aria-busy={isBusy.value}>
            Send a code to it
          </button>
          <Problem text={problem.value} />
        </form>
      )}
      <p class="fine account__said" role="status">
        {said.value}
      </p>
    </details>
  );
}

function Password() {
  const present = useSignal("");
  const next = useSignal("");
  const { isBusy, problem, said, run } = useCommand();
  const change = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      await ask("POST /api/account/password", { body: { present: present.value, password: next.value } });
      present.value = next.value = "";
    }, "Your password is changed. Every other browser is signed out.");
  };
  return (
    <details class="account__more">
      <summary>Change password</summary>
      <form class="stack" onSubmit={change}>
        <Field label="Present password" type="password" value={present} autoComplete="current-password" />
        <NewPassword label="New password" value={next} />
        <button class="btn btn--quiet" type="submit" aria-busy={isBusy.value}>
          Change my password
        </button>
        <Problem text={problem.value} />
      </form>
      <p class="fine account__said" role="status">
        {said.value}
      </p>
    </details>
  );
}

export function Access({ email, onMoved }: { email: string; onMoved: () => void }) {
  return (
    <section class="card stack" aria-labelledby="access">
      <h2 id="access">E-mail and password</h2>
      <p class="sub">
        You sign in as <Mail address={email} />.
      </p>
      <Email email={email} onMoved={onMoved} />
      <Password />
    </section>
  );
}
