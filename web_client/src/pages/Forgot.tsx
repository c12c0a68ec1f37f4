/** A new password by a code from a mail. Says the same for every address, whether it is known or not. */
import { useSignal } from "@preact/signals";

import { ask } from "../http";
import { Crisis } from "../ui/Crisis";
import { Field } from "../ui/Field";
import { Frame } from "../ui/Frame";
import { NewPassword } from "../ui/NewPassword";
import { Problem } from "../ui/Problem";
import { useCommand } from "../ui/useCommand";
import { useKept } from "../ui/useKept";
import "../styles/client.css";

type Step = "address" | "code" | "done";

const TITLES: Record<Step, string> = {
  address: "Choose a new password",
  code: "Look into your mail",
  done: "Your password is changed",
};

export function ForgotPage() {
  const isDone = useSignal(false);
  // The mail is read elsewhere, and a phone may put this page away meanwhile.
  const asked = useKept<"address" | "code">("forgot:step", "address");
  const step: Step = isDone.value ? "done" : asked.value;
  const id = useKept("forgot:id", "");
  const email = useKept("forgot:email", "");
  const code = useSignal("");
  const password = useSignal("");
  const { isBusy, problem, run } = useCommand();
  const askForCode = async (event: Event) => {
    event.preventDefault();
    id.value = crypto.randomUUID();
    const body = { id: id.value, email: email.value.trim() };
    if (await run(async () => void (await ask("POST /api/password/forgot", { body })))) asked.value = "code";
  };
  const change = async (event: Event) => {
    event.preventDefault();
    const body = { id: id.value, code: code.value, password: password.value };
    if (!(await run(async () => void (await ask("POST /api/password/reset", { body }))))) return;
    id.value = email.value = "";
    asked.value = "address";
    isDone.value = true;
  };
  return (
    <Frame title={TITLES[step]} look="door lit" hasCrisis>
      <div class="stack gap-6">
        <h1>{TITLES[step]}</h1>
        {step === "address" && (
          <form class="stack gap-5" onSubmit={(event) => void askForCode(event)}>
            <Field label="Email" type="email" value={email} autoComplete="username" maxLength={254} />
            <button class="btn btn--primary btn--wide" type="submit" aria-busy={isBusy.value}>
              Send me a code
            </button>
            <Problem text={problem.value} />
            <p class="sub">
              You remember it? <a href="/">Sign in</a>.
            </p>
          </form>
        )}
        {step === "code" && (
          <form class="stack gap-5" onSubmit={(event) => void change(event)}>
            <p class="sub" role="status">
              If there is an account with <strong class="strong">{email.value}</strong>, a mail with a code of eight digits
              is on its way to it. Look into spam too.
            </p>
            <Field label="Code from the mail" value={code} inputMode="numeric" autoComplete="one-time-code" maxLength={12} />
            <NewPassword label="New password" value={password} />
            <button class="btn btn--primary btn--wide" type="submit" aria-busy={isBusy.value}>
              Change my password
            </button>
            <Problem text={problem.value} />
            <button class="btn btn--text" type="button" onClick={() => (asked.value = "address")}>
              Send another code
            </button>
          </form>
        )}
        {step === "done" && (
          <div class="stack gap-5">
            <p role="status">You are signed out everywhere. Sign in with the new password.</p>
            <a class="btn btn--primary btn--wide" href="/">
              Sign in
            </a>
          </div>
        )}
        <hr class="rule" />
        <Crisis />
      </div>
    </Frame>
  );
}
