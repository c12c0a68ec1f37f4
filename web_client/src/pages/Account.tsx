/** Who is signed in; for a therapist also the transcripts of their sessions and their card as the client sees it. */
import { useSignal } from "@preact/signals";

import { ask } from "../http";
import type { AccountView } from "../protocol.gen";
import { me } from "../state";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { later } from "../ui/later";
import { signOut } from "../ui/signOut";
import { Switch } from "../ui/Switch";
import { useFound } from "../ui/useFound";
import { Mail } from "./account/Mail";
import { Notices } from "./account/Notices";
import { Access } from "./account/Access";
import { Details } from "./account/Details";
import { Relay } from "./account/Relay";
import { SignIns } from "./account/SignIns";
import { Texts } from "./account/Texts";
import "./Account.css";

const card = later(async () => (await import("./account/Card")).CardForm, { isPart: true });
const secondStep = later(async () => (await import("./account/SecondStep")).SecondStep, { isPart: true });

function Transcripts({ account, onChange }: { account: AccountView; onChange: (view: AccountView) => void }) {
  const isBusy = useSignal(false);
  const said = useSignal("");
  const isOn = account.transcripts_on === true;
  const toggle = async () => {
    if (isBusy.peek()) return;
    isBusy.value = true;
    try {
      onChange(await ask("PATCH /api/account", { body: { transcripts_on: !isOn } }));
      said.value = "Saved";
    } catch (refusal) {
      said.value = refusal instanceof Error ? refusal.message : "";
    }
    isBusy.value = false;
  };
  return (
    <section class="card stack" aria-labelledby="transcripts">
      <h2 id="transcripts">Transcripts</h2>
      <Switch isOn={isOn} isBusy={isBusy.value} describedBy="transcripts-text" onPress={() => void toggle()}>
        Transcripts of my sessions
      </Switch>
      <p class="sub" id="transcripts-text">
        {isOn
          ? "Your clients are asked whether they want a written transcript. It is made only when they say yes too, and only you can read it."
          : "No transcript is offered to your clients, and nothing is recorded."}
      </p>
      <p class="fine account__said" role="status">
        {said.value}
      </p>
    </section>
  );
}

function SignOut() {
  const trouble = useSignal("");
  return (
    <div class="stack account__out">
      <button
        class="btn btn--quiet"
        type="button"
        onClick={() => void signOut().catch((refusal: Error) => (trouble.value = refusal.message))}
      >
        <Icon name="log-out" />
        Sign out
      </button>
      <p class="account__trouble" role="status">
        {trouble.value}
      </p>
    </div>
  );
}

function Account() {
  const { found: account, trouble, refresh } = useFound<AccountView>(() => ask("GET /api/account"));
  const view = account.value;
  const who = me.value;
  return (
    <>
      <div class="pagehead">
        <h1>Account</h1>
      </div>
      <div class="stack account">
        {view && !view.card && <Details account={view} onChange={(changed) => (account.value = changed)} />}
        {!view && (
          <section class="card stack" aria-labelledby="you">
            <h2 id="you">You</h2>
            {trouble.value ? (
              <p class="account__trouble" role="alert">
                {trouble.value}
              </p>
            ) : (
              <p role="status">One moment…</p>
            )}
          </section>
        )}
        {view?.card && (
          <section class="card stack" aria-labelledby="you">
            <h2 id="you">You</h2>
            <dl class="facts">
              <dt>Name</dt>
              <dd>
                {who?.first_name} {who?.last_name}
              </dd>
              <dt>Email</dt>
              <dd>
                <Mail address={view.email} />
              </dd>
              <dt>Your share</dt>
              <dd>{view.share_percent} % of each session’s price</dd>
            </dl>
          </section>
        )}
        {view && view.transcripts_on !== null && (
          <Transcripts account={view} onChange={(changed) => (account.value = changed)} />
        )}
        {view && view.texts_on !== null && (
          <Texts account={view} onChange={(changed) => (account.value = changed)} />
        )}
        <Notices />
        <section class="card stack" aria-labelledby="data">
          <h2 id="data">Your data</h2>
          <p class="sub">
            What we keep that is yours, as a page to read and as JSON for programs, in one zip file.
            {who?.role === "client" && " To have your record erased, ask your practice."}
          </p>
          <a class="btn btn--quiet account__take" href="/api/account/export.zip" download>
            <Icon name="file-down" />
            Download my data
          </a>
        </section>
        {view && view.relay_only !== null && (
          <Relay account={view} onChange={(changed) => (account.value = changed)} />
        )}
        <section class="card stack" aria-labelledby="devices">
          <h2 id="devices">Camera, microphone and network</h2>
          <p class="sub">See and hear whether they work before a call, and get a report for support.</p>
          <a href="/check">Check my devices</a>
        </section>
        {view?.card && (
          <card.Page
            card={view.card}
            gender={view.gender ?? "none"}
            onChange={(card, gender) => (account.value = { ...view, card, gender })}
          />
        )}
        {view?.card && (
          <section class="card stack" aria-labelledby="feedback">
            <h2 id="feedback">Feedback</h2>
            <p class="sub">What your clients say after a call, and how it is for you to work here.</p>
            <a href="/feedback">Read and give feedback</a>
          </section>
        )}
        {view && <Access email={view.email} onMoved={() => void refresh()} />}
        <secondStep.Page />
        <SignIns />
        <SignOut />
      </div>
    </>
  );
}

function DeskAccount() {
  return (
    <Frame title="Account" look="desk page--narrow">
      <Account />
    </Frame>
  );
}

export function AccountPage() {
  if (me.value?.role !== "client") return <DeskAccount />;
  return (
    <Frame title="Account" look="page--narrow">
      <Account />
    </Frame>
  );
}
