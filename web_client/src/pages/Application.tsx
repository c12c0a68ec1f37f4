/** A therapist's way in: the card, the papers, the rules of conduct, and then waiting for the answer. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask } from "../http";
import type { AccountView, ApplicationView, PaperView } from "../protocol.gen";
import { me } from "../state";
import { FileButton } from "../ui/FileButton";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { Papers } from "../ui/Papers";
import { Problem } from "../ui/Problem";
import { useCommand } from "../ui/useCommand";
import { CardForm } from "./account/Card";
import "../styles/client.css";
import "./Account.css";

const MISSING: Record<string, string> = {
  title: "your title",
  areas: "what you help with",
  bio: "your bio",
  papers: "at least one paper",
};

function GivePapers({ view, onChange }: { view: ApplicationView; onChange: (view: ApplicationView) => void }) {
  const { isBusy, problem, run } = useCommand();
  const add = (file: File) => void run(async () => onChange(await ask("POST /api/application/papers", { file })));
  const remove = (paper: PaperView) =>
    void run(async () => onChange(await ask("DELETE /api/application/papers/{id}", { params: { id: paper.id } })));
  return (
    <section class="card stack" aria-labelledby="papers">
      <h2 id="papers">Your papers</h2>
      <p class="sub">
        Qualifications, registration, insurance, DBS certificate and proof of identity, as PDF or picture of at most 10 MB.
        They are stored encrypted; only you and our operators can open them.
      </p>
      {view.papers.length > 0 && <Papers papers={view.papers} onRemove={remove} />}
      <div>
        <FileButton accept="application/pdf,image/jpeg,image/png,image/webp" isBusy={isBusy.value} onFile={add}>
          Add a paper
        </FileButton>
      </div>
      <Problem text={problem.value} />
    </section>
  );
}

function Send({ view, onChange }: { view: ApplicationView; onChange: (view: ApplicationView) => void }) {
  const accepts = useSignal(false);
  const { isBusy, problem, run } = useCommand();
  const isReady = view.missing.length === 0;
  const go = (event: Event) => {
    event.preventDefault();
    if (!isReady) return;
    void run(async () => onChange(await ask("POST /api/application/send", { body: { accepts_version: view.conduct_version } })));
  };
  return (
    <section class="card stack" aria-labelledby="send">
      <h2 id="send">What we ask of you</h2>
      <p class="terms__text">{view.conduct_text}</p>
      <form class="stack" onSubmit={go}>
        <label class="check">
          <input type="checkbox" required checked={accepts.value} onChange={(event) => (accepts.value = event.currentTarget.checked)} />
          <span>I have read this and keep to it</span>
        </label>
        <div class="stack gap-2">
          <button class="btn btn--primary" type="submit" aria-busy={isBusy.value} aria-disabled={isReady ? undefined : true} aria-describedby="missing">
            Send my application
          </button>
          <p class="fine" id="missing">
            {isReady ? "We look at it within two working days, and write to you." : `Still missing: ${view.missing.map((one) => MISSING[one] ?? one).join(", ")}.`}
          </p>
        </div>
        <Problem text={problem.value} />
      </form>
    </section>
  );
}

function Waiting({ papers }: { papers: PaperView[] }) {
  return (
    <section class="card stack" aria-labelledby="sent">
      <h2 id="sent">Your application is with us</h2>
      <p>We look at it within two working days and write to you. Until then nothing in it can change.</p>
      <Papers papers={papers} />
    </section>
  );
}

export function ApplicationPage() {
  const account = useSignal<AccountView | null>(null);
  const view = useSignal<ApplicationView | null>(null);
  const { problem, run } = useCommand();
  const look = async () => {
    account.value = await ask("GET /api/account");
    view.value = await ask("GET /api/application");
    // The answer came while this page stood open.
    if (view.value.state === "approved" && me.value) me.value = { ...me.value, must_apply: false };
  };
  useEffect(() => {
    const again = () => void (document.visibilityState === "visible" && run(look));
    void run(look);
    document.addEventListener("visibilitychange", again);
    return () => document.removeEventListener("visibilitychange", again);
  }, []);
  const found = view.value;
  const card = account.value?.card;
  return (
    <Frame title="Your application" look="desk page--narrow">
      <div class="pagehead">
        <h1>Your application</h1>
      </div>
      <div class="stack account">
        <Problem text={problem.value} />
        {!found && !problem.value && <p role="status">One moment…</p>}
        {found?.state === "refused" && (
          <div class="banner banner--warn" role="status">
            <Icon name="triangle-alert" />
            <div>
              <p>
                <strong>Not approved yet.</strong> Change what is missing and send it again.
              </p>
              <p>{found.words}</p>
            </div>
          </div>
        )}
        {found?.state === "sent" && <Waiting papers={found.papers} />}
        {found && card && (found.state === "draft" || found.state === "refused") && (
          <>
            <CardForm
              card={card}
              gender={account.value?.gender ?? "none"}
              onChange={(changed, gender) => {
                account.value = { ...account.value!, card: changed, gender };
                void run(look);
              }}
            />
            <GivePapers view={found} onChange={(changed) => (view.value = changed)} />
            <Send view={found} onChange={(changed) => (view.value = changed)} />
          </>
        )}
      </div>
    </Frame>
  );
}
