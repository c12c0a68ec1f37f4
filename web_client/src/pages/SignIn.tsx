/** Two fields and one button. What was typed stays after an error. */
import { useSignal, type Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { ask, Refusal } from "../http";
import { me } from "../state";
import { Crisis } from "../ui/Crisis";
import { Frame } from "../ui/Frame";
import { Problem } from "../ui/Problem";
import { forgetOthers, wasSignedIn } from "../whose";
import "../styles/client.css";

function wordsFor(refusal: unknown): string {
  if (refusal instanceof Refusal && refusal.code === "wrong_password") {
    return "That email and password do not belong together. Both are still here; look again and try once more.";
  }
  return (refusal as Error).message;
}

/** The second step, asked for once the password was right. */
function Code({ value }: { value: Signal<string> }) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []);
  return (
    <div class="field">
      <label for="code">Code from your app</label>
      <input
        class="input"
        id="code"
        ref={field}
        autoComplete="one-time-code"
        inputMode="text"
        maxLength={20}
        required
        aria-describedby="code-hint"
        value={value.value}
        onInput={(event) => (value.value = event.currentTarget.value)}
      />
      <span class="hint" id="code-hint">
        The six digits of your authenticator app, or one of your recovery codes.
      </span>
    </div>
  );
}

export function SignInPage() {
  const email = useSignal("");
  const password = useSignal("");
  const isShown = useSignal(false);
  const isBusy = useSignal(false);
  const problem = useSignal("");
  const code = useSignal("");
  const asksCode = useSignal(false);

  const signIn = async (event: Event) => {
    event.preventDefault();
    if (isBusy.value) return;
    isBusy.value = true;
    problem.value = "";
    try {
      const body = { email: email.value.trim(), password: password.value, code: code.value };
      const who = await ask("POST /api/sign-in", { body });
      if (forgetOthers(who.id)) return window.location.replace("/");
      // The path stays: a link in an e-mail leads where it says, and a form that a lost sign-in left is there again.
      me.value = who;
    } catch (refusal) {
      // The first time it is a question and no mistake.
      const isQuestion = refusal instanceof Refusal && refusal.code === "code_needed" && !asksCode.value;
      asksCode.value ||= isQuestion;
      problem.value = isQuestion ? "" : wordsFor(refusal);
    }
    isBusy.value = false;
  };

  return (
    <Frame title="Sign in" look="door lit" hasCrisis>
      <div class="stack gap-6">
        <div class="stack gap-2">
          <h1>Welcome back</h1>
          {wasSignedIn() ? (
            <p class="sub" role="status">
              Your sign-in has ended. Sign in again and you are back where you were; what you typed is kept.
            </p>
          ) : (
            <p class="sub">Sign in and a therapist is two taps away.</p>
          )}
        </div>
        <form class="stack gap-5" onSubmit={(event) => void signIn(event)}>
          <div class="field">
            <label for="email">Email</label>
            <input
              class="input"
              id="email"
              type="email"
              autoComplete="username"
              required
              value={email.value}
              onInput={(event) => (email.value = event.currentTarget.value)}
            />
          </div>
          <div class={problem.value ? "field field--bad" : "field"}>
            <label for="password">Password</label>
            <span class="reveal">
              <input
                class="input"
                id="password"
                type={(isShown.value ? "text" : "password") as "password"}
                autoComplete="current-password"
                required
                aria-invalid={problem.value ? true : undefined}
                aria-describedby="sign-in-problem"
                value={password.value}
                onInput={(event) => (password.value = event.currentTarget.value)}
              />
              <button
                class="btn btn--text btn--small"
                type="button"
                aria-pressed={isShown.value}
                onClick={() => (isShown.value = !isShown.value)}
              >
                Show
              </button>
            </span>
            <Problem text={problem.value} id="sign-in-problem" />
          </div>
          {asksCode.value && <Code value={code} />}
          <button class="btn btn--primary btn--wide" type="submit" aria-busy={isBusy.value}>
            Sign in
          </button>
          <p class="door__else">
            <a href="/join">Create an account</a>
            <a href="/forgot">I forgot my password</a>
          </p>
          <p class="sr" role="status">
            {isBusy.value ? "Signing in…" : ""}
          </p>
        </form>
        <hr class="rule" />
        <Crisis />
      </div>
    </Frame>
  );
}
