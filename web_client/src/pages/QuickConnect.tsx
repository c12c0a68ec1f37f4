/** One page, one required answer, and the price beside the button. Ticking the worry delays nobody. */
import { useSignal } from "@preact/signals";
import type { TargetedEvent } from "preact";
import { useEffect } from "preact/hooks";

import { media } from "../call/media";
import { answered, changeDraft, draft, placeBody, type Draft } from "../draft";
import { home, useHome } from "../home";
import { Refusal } from "../http";
import type { Area, HomeView } from "../protocol.gen";
import { navigate } from "../router";
import { emit } from "../socket";
import { connection, takeRequest } from "../state";
import { Crisis } from "../ui/Crisis";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { Problem } from "../ui/Problem";
import { duration, language, money } from "../ui/words";
import { AREAS_ALONE, AreaField } from "./AreaField";
import { Urgent } from "./Urgent";
import "../styles/client.css";

const NOTE_MAX = 2_000;

function wordsFor(refusal: unknown): string {
  const view = home.peek();
  if (!(refusal instanceof Refusal)) throw refusal;
  if (refusal.code === "insufficient_funds" && view) {
    return `A session costs ${money(view.price_pence)}; your wallet has ${money(view.available_pence)}. Nothing was taken.`;
  }
  if (refusal.code === "in_session") return "You are still in a session. Home takes you back into it.";
  if (refusal.code === "try_again") return "We are very busy this moment. Nothing was lost; please press again.";
  if (refusal.code === "too_often") return "That was often in a short time. Wait a minute and press again.";
  return refusal.message;
}

async function place(area: Area): Promise<void> {
  try {
    takeRequest(await emit("request:place", placeBody(area)));
    answered();
  } catch (refusal) {
    if (!(refusal instanceof Refusal) || refusal.code === "no_answer") throw refusal;
    answered();
    if (refusal.code !== "open_request_exists") throw refusal;
    const open = await emit("request:current", {});
    if (!open.request) throw refusal;
    takeRequest(open.request);
  }
  navigate("/waiting");
}

type Name = "issue" | "therapist_gender" | "language";

function Select({ name, label, options }: { name: Name; label: string; options: [value: string, text: string][] }) {
  const change = (event: TargetedEvent<HTMLSelectElement>) =>
    changeDraft({ [name]: event.currentTarget.value } as Partial<Draft>);
  return (
    <div class="field">
      <span class="talk__name">
        <label class="label" for={name}>
          {label}
        </label>
        <span class="opt">optional</span>
      </span>
      <span class="select">
        <select class="input" id={name} value={draft.value[name]} onChange={change}>
          {options.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
        <Icon name="chevron-down" />
      </span>
    </div>
  );
}

function Check({ name, label, text }: { name: "is_chat_only" | "is_worried"; label: string; text: string }) {
  return (
    <label class="check">
      <input
        type="checkbox"
        aria-label={label}
        aria-describedby={`${name}-text`}
        checked={draft.value[name]}
        onChange={(event) => changeDraft({ [name]: event.currentTarget.checked })}
      />
      <span>
        {label}
        <small class="fine talk__more" id={`${name}-text`}>
          {text}
        </small>
      </span>
    </label>
  );
}

/** Said before the press, not after it: what is missing, where it is added, and that nothing here is lost by going. */
function Short({ view }: { view: HomeView }) {
  if (view.allowance || view.available_pence >= view.price_pence) return null;
  return (
    <p class="fine talk__short">
      Your wallet has <span class="num">{money(view.available_pence)}</span>.{" "}
      <a href="/wallet">Add {money(view.price_pence - view.available_pence)} or more</a>; what you typed here is kept.
    </p>
  );
}

function assurance(view: HomeView | null): string {
  if (connection.value === "lost") return "No connection just now. Everything you typed is kept; we keep trying.";
  if (view?.on_duty === 0) return "Nobody is on duty right now. Nothing is taken while you wait.";
  return "Held when you say yes, taken only if you talk for two minutes.";
}

function Foot({ isBusy, problem }: { isBusy: boolean; problem: string }) {
  const view = home.value;
  return (
    <div class="foot talk__foot">
      <div class="talk__footin">
        <Problem text={problem} />
        {view && <Short view={view} />}
        <p class="fine">
          {view && (
            <>
              <strong class="strong">
                {view.allowance ? (
                  "One of your sessions"
                ) : (
                  <>
                    <span class="num">{money(view.price_pence)}</span> from your wallet
                  </>
                )}
                , for up to{" "}
                {duration(view.length_minutes * 60)}
              </strong>
              <br />
            </>
          )}
          {assurance(view)}
        </p>
        <button class="btn btn--primary" type="submit" form="talk" aria-busy={isBusy}>
          Find someone
        </button>
        <span class="sr" role="status">
          {isBusy ? "Asking…" : ""}
        </span>
      </div>
    </div>
  );
}

export function QuickConnectPage() {
  useHome();
  const isBusy = useSignal(false);
  const problem = useSignal("");
  const choices = home.value?.areas ?? AREAS_ALONE;
  const issues = choices.find(({ area }) => area === draft.value.area)?.issues ?? [];
  const languages = home.value?.languages.length ? home.value.languages : ["en"];

  useEffect(() => {
    problem.value = "";
  }, [draft.value]);

  const submit = async (event: Event) => {
    event.preventDefault();
    if (isBusy.value) return;
    const { area, is_chat_only } = draft.value;
    if (!area) {
      problem.value = "Choose an area first; the rest is optional.";
      document.querySelector<HTMLInputElement>("input[name=area]")?.focus();
      return;
    }
    if (!is_chat_only) void media.open({ audio: true, video: true });
    isBusy.value = true;
    problem.value = "";
    try {
      await place(area);
    } catch (refusal) {
      media.close();
      problem.value = wordsFor(refusal);
    }
    isBusy.value = false;
  };

  return (
    <Frame
      title="What would help?"
      look="talk"
      links={false}
      region={{ name: "Quick connect", foot: <Foot isBusy={isBusy.value} problem={problem.value} /> }}
    >
      <a class="back" href="/">
        <Icon name="arrow-left" small />
        Home
      </a>
      <h1 class="talk__title">What would help?</h1>
      <p class="sub">Only the first question is needed. Your therapist sees what you write here.</p>
      <div class="talk__crisis">
        <Crisis isShort />
      </div>
      <form id="talk" class="stack gap-7 talk__form" noValidate onSubmit={(event) => void submit(event)}>
        <AreaField
          choices={choices}
          chosen={draft.value.area}
          onChoose={(area) => changeDraft({ area, issue: "" })}
        />
        <div class="two">
          <Select
            name="issue"
            label="Issue"
            options={[["", "Nothing in particular"], ...issues.map((issue): [string, string] => [issue, issue])]}
          />
          <Select
            name="therapist_gender"
            label="Therapist gender"
            options={[
              ["none", "No preference"],
              ["female", "A woman"],
              ["male", "A man"],
            ]}
          />
          <Select
            name="language"
            label="Language"
            options={languages.map((code): [string, string] => [code, language(code)])}
          />
        </div>
        <div class="field">
          <span class="talk__name">
            <label class="label" for="note">
              Your note
            </label>
            <span class="opt">optional</span>
          </span>
          <textarea
            class="input"
            id="note"
            maxLength={NOTE_MAX}
            placeholder="In your own words: whatever you would like them to know first"
            aria-describedby="note-hint"
            value={draft.value.note}
            onInput={(event) => changeDraft({ note: event.currentTarget.value })}
          />
          <span class="hint" id="note-hint">
            Kept in this window until you send it.
          </span>
        </div>
        <div class="stack gap-2">
          <Check name="is_chat_only" label="Chat only" text="I can’t speak right now; we write to each other." />
          <Check
            name="is_worried"
            label="I am worried about my safety"
            text="I might hurt myself, or someone might hurt me."
          />
        </div>
        <div role="status">{draft.value.is_worried && <Urgent />}</div>
      </form>
    </Frame>
  );
}
