/** Signing up: one page of questions, then the code from the mail. What was typed stays until the account is there. */
import { useSignal, type Signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask } from "../http";
import type { AccountTerms, Invited } from "../protocol.gen";
import { navigate } from "../router";
import { me } from "../state";
import { Crisis } from "../ui/Crisis";
import { Field } from "../ui/Field";
import { Frame } from "../ui/Frame";
import { NewPassword } from "../ui/NewPassword";
import { Problem } from "../ui/Problem";
import { useCommand } from "../ui/useCommand";
import { useKept } from "../ui/useKept";
import { forgetOthers } from "../whose";
import "../styles/client.css";

interface Asked {
  firstName: Signal<string>;
  lastName: Signal<string>;
  born: Signal<string>;
  email: Signal<string>;
  password: Signal<string>;
  referral: Signal<string>;
}

function useAsked(): Asked {
  return {
    firstName: useKept("join:first-name", ""),
    lastName: useKept("join:last-name", ""),
    born: useKept("join:born", ""),
    email: useKept("join:email", ""),
    password: useSignal(""),
    referral: useKept("join:referral", ""),
  };
}

function Terms({ terms, accepts }: { terms: AccountTerms | null; accepts: Signal<boolean> }) {
  return (
    <div class="stack gap-2">
      <details class="join__terms">
        <summary>Read what you agree to</summary>
        <p class="terms__text">{terms?.text ?? "One moment…"}</p>
      </details>
      <label class="check">
        <input
          type="checkbox"
          required
          checked={accepts.value}
          onChange={(event) => (accepts.value = event.currentTarget.checked)}
        />
        <span>I agree to the terms of the account</span>
      </label>
    </div>
  );
}

type Who = "client" | "therapist";

interface Asking {
  who: Who;
  asked: Asked;
  invited: Invited | null;
  onSent: (id: string) => void;
}

function Questions({ who, asked, invited, onSent }: Asking) {
  const terms = useSignal<AccountTerms | null>(null);
  const accepts = useSignal(false);
  const { isBusy, problem, run } = useCommand();
  useEffect(() => {
    ask("GET /api/account-terms").then(
      (found) => (terms.value = found),
      (refusal: Error) => (problem.value = refusal.message),
    );
  }, []);
  const signUp = async (event: Event) => {
    event.preventDefault();
    const id = crypto.randomUUID();
    const body = {
      id,
      role: who,
      email: asked.email.value.trim(),
      password: asked.password.value,
      first_name: asked.firstName.value.trim(),
      last_name: asked.lastName.value.trim(),
      date_of_birth: asked.born.value,
      accepts_version: terms.value?.version ?? "",
      referral_code: invited?.code ?? asked.referral.value.trim(),
    };
    if (await run(async () => void (await ask("POST /api/sign-up", { body })))) onSent(id);
  };
  return (
    <form class="stack gap-5" onSubmit={(event) => void signUp(event)}>
      <div class="two">
        <Field label="First name" value={asked.firstName} autoComplete="given-name" maxLength={80} />
        <Field label="Last name" value={asked.lastName} autoComplete="family-name" maxLength={80} />
      </div>
      <Field
        label="Date of birth"
        type="date"
        value={asked.born}
        autoComplete="bday"
        max={new Date().toISOString().slice(0, 10)}
        hint={who === "client" && "Under 18, a parent or guardian has to agree before your first session."}
      />
      <Field label="Email" type="email" value={asked.email} autoComplete="username" maxLength={254} />
      <NewPassword label="Password" value={asked.password} />
      {invited && <p class="sub">You come to {invited.by_name}: they are asked first whenever you look for someone.</p>}
      {who === "client" && !invited && (
        <Field
          label="Referral code"
          value={asked.referral}
          isOptional
          maxLength={20}
          hint="From a therapist you know: they are asked first whenever you look for someone."
        />
      )}
      <Terms terms={terms.value} accepts={accepts} />
      <div class="stack gap-3">
        <button class="btn btn--primary btn--wide" type="submit" aria-busy={isBusy.value}>
          Create my account
        </button>
        <Problem text={problem.value} />
        <p class="sub">
          You have an account? <a href={invited ? `/invited/${invited.code}/sign-in` : "/"}>Sign in</a>.{" "}
          {who === "client" && !invited && (
            <>
              You are a therapist? <a href="/apply">Apply to work with us</a>.
            </>
          )}
        </p>
      </div>
    </form>
  );
}

function TheCode({ id, email, onBack, onDone }: { id: string; email: string; onBack: () => void; onDone: () => void }) {
  const code = useSignal("");
  const { isBusy, problem, run } = useCommand();
  const confirm = async (event: Event) => {
    event.preventDefault();
    await run(async () => {
      const who = await ask("POST /api/sign-up/confirm", { body: { id, code: code.value } });
      onDone();
      if (forgetOthers(who.id)) return window.location.replace("/");
      navigate("/", { replace: true });
      me.value = who;
    });
  };
  return (
    <form class="stack gap-5" onSubmit={(event) => void confirm(event)}>
      <p class="sub" role="status">
        We have written to <strong class="strong">{email}</strong>. The mail holds a code of eight digits; it may take a
        minute, and may have gone to spam.
      </p>
      <Field
        label="Code from the mail"
        value={code}
        inputMode="numeric"
        autoComplete="one-time-code"
        maxLength={12}
        problem={problem.value}
      />
      <button class="btn btn--primary btn--wide" type="submit" aria-busy={isBusy.value}>
        Go on
      </button>
      <button class="btn btn--text" type="button" onClick={onBack}>
        Change what I typed, or send another code
      </button>
    </form>
  );
}

function SignUp({ who, invited = null }: { who: Who; invited?: Invited | null }) {
  const asked = useAsked();
  // Who looks into the mail on a phone may find this page loaded anew; the code must still be of use then.
  const sent = useKept(`join:${who}:sent`, "");
  const forget = () => {
    for (const answer of [asked.firstName, asked.lastName, asked.born, asked.email, asked.referral, sent]) answer.value = "";
  };
  const title = who === "client" ? "Create an account" : "Apply as a therapist";
  return (
    <Frame title={title} look="door lit" hasCrisis>
      <div class="stack gap-6">
        <h1>{sent.value ? "Look into your mail" : title}</h1>
        {who === "therapist" && !sent.value && (
          <p class="sub">First an account; then your card, your papers, and what we ask of everybody who works here.</p>
        )}
        {sent.value ? (
          <TheCode id={sent.value} email={asked.email.value} onBack={() => (sent.value = "")} onDone={forget} />
        ) : (
          <Questions who={who} asked={asked} invited={invited} onSent={(id) => (sent.value = id)} />
        )}
        <hr class="rule" />
        <Crisis />
      </div>
    </Frame>
  );
}

/** `invited`: by whom, for somebody who opened a therapist's invitation. */
export function JoinPage({ invited = null }: { invited?: Invited | null }) {
  return <SignUp who="client" invited={invited} />;
}

export function ApplyPage() {
  return <SignUp who="therapist" />;
}
