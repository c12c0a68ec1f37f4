/** A client's home: one large thing to press, and the honest state beside it. */
import { home, homeTrouble, useHome } from "../home";
import type { HomeView } from "../protocol.gen";
import { navigate } from "../router";
import { me, request } from "../state";
import { Crisis } from "../ui/Crisis";
import { Frame } from "../ui/Frame";
import { PastList } from "../ui/PastList";
import { WriteTo } from "../ui/WriteTo";
import { duration, money, waitRange } from "../ui/words";
import { keptUntil } from "./waiting/sentences";
import "../styles/client.css";

const SHOWN = 3;

function BigButton({ name, to, isQuiet = false }: { name: string; to: string; isQuiet?: boolean }) {
  return (
    <button class={`btn btn--${isQuiet ? "quiet" : "primary"} btn--big btn--wide`} type="button" onClick={() => navigate(to)}>
      {name}
    </button>
  );
}

function DutyState({ view }: { view: HomeView }) {
  if (view.on_duty === 0) {
    return (
      <p class="state">
        <span class="dot dot--off" />
        <span>
          Nobody is on duty right now. You can join the line and, if it takes long, have us text you when someone is
          free.
        </span>
      </p>
    );
  }
  return (
    <p class="state">
      <span class="dot" />
      <span>
        <strong class="num">{view.on_duty}</strong> {view.on_duty === 1 ? "therapist" : "therapists"} on duty,{" "}
        {view.wait_low_s === null || view.wait_high_s === null
          ? "we cannot say how long it takes"
          : `usually ${waitRange(view.wait_low_s, view.wait_high_s)}`}
      </span>
    </p>
  );
}

function Now({ view }: { view: HomeView }) {
  // The request knows at once what the home view learns with its next look.
  const openId = request.value?.state === "in_call" ? request.value.session_id : view.upcoming_session_id;
  if (openId) {
    return (
      <>
        <BigButton name="Rejoin" to={`/call/${openId}`} />
        <p class="state">
          <span class="dot" />
          <span>Your session is still open. Nothing was ended, and nothing more is taken for coming back.</span>
        </p>
      </>
    );
  }
  return (
    <>
      <BigButton name="Talk to someone now" to="/talk" isQuiet={view.on_duty === 0} />
      <div aria-live="polite">
        <DutyState view={view} />
      </div>
      {view.on_duty === 0 && <WriteTo />}
      <p class="fine">
        <span class="num">{money(view.price_pence)}</span> for up to {duration(view.length_minutes * 60)}. Nothing is
        taken until you have both been in the call for two minutes.
      </p>
    </>
  );
}

function Purse({ view }: { view: HomeView }) {
  return (
    <section class="card stack gap-3" aria-labelledby="home-wallet">
      <h2 id="home-wallet">Your wallet</h2>
      <div class="pair">
        <div>
          <span class="big num">{money(view.available_pence)}</span>
          <span class="fine">ready to use</span>
        </div>
        {view.held_pence > 0 && (
          <div>
            <span class="big num">{money(view.held_pence)}</span>
            <span class="fine">held for a session</span>
          </div>
        )}
      </div>
      <a class="line-link" href="/wallet">
        See every line
      </a>
    </section>
  );
}

function Completed({ view }: { view: HomeView }) {
  return (
    <section class="done stack gap-2" aria-labelledby="home-completed">
      <h2 id="home-completed">Completed</h2>
      {view.completed.length === 0 ? (
        <p class="card sub">No sessions yet. After your first call it is listed here, with its receipt.</p>
      ) : (
        <PastList sessions={view.completed.slice(0, SHOWN)} />
      )}
      {view.completed.length > SHOWN && (
        <a class="line-link" href="/sessions">
          All {view.completed.length} sessions
        </a>
      )}
    </section>
  );
}

function Unknown() {
  return (
    <>
      <BigButton name="Talk to someone now" to="/talk" />
      <p class="state" role="status">
        {homeTrouble.value || "Looking who is on duty…"}
      </p>
    </>
  );
}

export function HomePage() {
  useHome();
  const view = home.value;
  return (
    <Frame title="Home" look="home lit" hasCrisis>
      <section class="now stack gap-5" aria-labelledby="hello">
        <h1 id="hello" class="hello">
          Hello, {me.value?.first_name}
        </h1>
        {request.value?.state === "failed" && (
          <div class="banner" role="status">
            <p>You did not get into the call in time. Nothing was taken; you can ask again now.</p>
          </div>
        )}
        {view?.place_kept_until_ms != null && (
          <div class="banner" role="status">
            <p>We will text you when someone is free. {keptUntil(view.place_kept_until_ms)}</p>
          </div>
        )}
        <div class="stack gap-4">{view ? <Now view={view} /> : <Unknown />}</div>
        {view && homeTrouble.value && <p class="fine">This may be a little old. {homeTrouble.value}</p>}
        <div class="now__crisis">
          <Crisis />
        </div>
      </section>
      <aside class="mine stack gap-5" aria-label="Mine">
        {view && <Purse view={view} />}
        <section class="card stack gap-3" aria-labelledby="home-check">
          <h2 id="home-check">Before a call</h2>
          <p class="sub">See and hear whether camera, microphone, sound and network work.</p>
          <a class="line-link" href="/check">
            Check my devices
          </a>
        </section>
      </aside>
      {view && <Completed view={view} />}
    </Frame>
  );
}
