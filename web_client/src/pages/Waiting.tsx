/** The wait: place and estimate, oneself in the mirror, *Cancel* and the crisis numbers never out of reach. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { secondsTick } from "../call/clock";
import { home, useHome } from "../home";
import type { HomeView, RequestView } from "../protocol.gen";
import { navigate } from "../router";
import { emit } from "../socket";
import { isOver, isRequestKnown, request, takeRequest } from "../state";
import { Crisis } from "../ui/Crisis";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { clock, ordinal, waitRange } from "../ui/words";
import { CameraCheck } from "./CameraCheck";
import "../styles/client.css";

const LONG_S = 120;
const SHOWN_MAX = 12;

/** Why somebody who had been found is in the line again. */
const CAME_BACK: Record<string, string> = {
  withdrawn: "The therapist had to step away. You keep your place in the line, and nothing was taken.",
  therapist_missing: "The therapist could not get into the call. You keep your place, and nothing was taken.",
  silent: "We had no answer from you in time, so we are asking the next therapist. You keep your place.",
  declined: "That is fine. We are asking the next therapist; you keep your place in the line.",
};

/** Why it is over without a call, by reason. Nothing was taken in any of them. */
const OVER: Record<string, { title: string; text: string }> = {
  nobody: { title: "Nobody could come", text: "Nothing was taken. You can ask again at any time." },
  silent: {
    title: "We could not reach you",
    text: "Somebody came for you twice and we had no answer, so the line moved on. Nothing was taken.",
  },
  absent: {
    title: "Your place was let go",
    text: "This page had been away for a while. Nothing was taken, and you can ask again now.",
  },
  operator: { title: "Your request was closed", text: "Our team closed it. Nothing was taken." },
  client_missing: { title: "You did not get into the call", text: "Nothing was taken. You can ask again now." },
};
const OVER_OTHERWISE = { title: "This request is over", text: "Nothing was taken. You can ask again at any time." };

function Over({ current }: { current: RequestView }) {
  const words = OVER[current.reason] ?? OVER_OTHERWISE;
  return (
    <>
      <section class="wait__say" aria-live="polite">
        <h1>{words.title}</h1>
        <p class="lead">{words.text}</p>
      </section>
      <div class="card stack gap-3 wait__else">
        <p>What you wrote is still there.</p>
        <a class="btn btn--primary btn--wide" href="/talk">
          Try again
        </a>
        <a class="btn btn--text btn--wide" href="/">
          Home
        </a>
      </div>
    </>
  );
}

function Estimate({ view, waitedS }: { view: HomeView | null; waitedS: number }) {
  if (view?.on_duty === 0) return <>Nobody is on duty right now; nothing is taken while you wait.</>;
  if (!view || view.wait_low_s === null || view.wait_high_s === null) return <>We cannot say how long it takes yet.</>;
  if (waitedS > view.wait_high_s) return <>It is taking longer than usual. Somebody will come as soon as one is free.</>;
  return (
    <>
      Usually <strong>{waitRange(view.wait_low_s, view.wait_high_s)}</strong>.
    </>
  );
}

function Line({ place }: { place: number }) {
  const marks = Array.from({ length: Math.min(place, SHOWN_MAX) }, (_, at) => at);
  const you = marks.length - 1;
  return (
    <span class="line-of" aria-hidden="true">
      {marks.map((at) => (
        <i key={at} class={at === you ? "you" : ""} />
      ))}
    </span>
  );
}

function Waited({ placedAtMs }: { placedAtMs: number }) {
  return (
    <span class="fine">
      Waited{" "}
      <span class="num" role="timer">
        {clock((secondsTick.value - placedAtMs) / 1000)}
      </span>
    </span>
  );
}

function InLine({ current }: { current: RequestView }) {
  const isLong = (current.now_ms - current.placed_at_ms) / 1000 > LONG_S;
  return (
    <>
      <section class="wait__say">
        <div aria-live="polite">
          <h1>{isLong ? "Still looking, and still here" : "We are finding someone"}</h1>
          <p class="lead">
            {current.place !== null && (
              <>
                You are <strong>{ordinal(current.place)}</strong> in line.{" "}
              </>
            )}
            <Estimate view={home.value} waitedS={(current.now_ms - current.placed_at_ms) / 1000} />
          </p>
        </div>
        <div class="wait__line">
          <Line place={current.place ?? 1} />
          <Waited placedAtMs={current.placed_at_ms} />
        </div>
      </section>
      <div role="status" class={CAME_BACK[current.reason] ? "banner" : ""}>
        {CAME_BACK[current.reason] && <p>{CAME_BACK[current.reason]}</p>}
      </div>
      {current.is_chat_only ? (
        <section class="card stack check-in gap-2" aria-labelledby="chat-only">
          <h2 id="chat-only">Chat only</h2>
          <p class="sub">
            Your camera and microphone stay off. Your therapist knows that you cannot speak; you will write to each
            other.
          </p>
        </section>
      ) : (
        <CameraCheck />
      )}
    </>
  );
}

function Foot({ current }: { current: RequestView | null }) {
  const isBusy = useSignal(false);
  const problem = useSignal("");
  const cancel = async () => {
    if (!current || isBusy.value) return;
    isBusy.value = true;
    problem.value = "";
    try {
      takeRequest(await emit("request:cancel", { id: current.id }));
    } catch (refusal) {
      problem.value = (refusal as Error).message;
    }
    isBusy.value = false;
  };
  return (
    <div class="foot wait__foot">
      <p class="error" role="alert">
        {problem.value && (
          <>
            <Icon name="circle-alert" small />
            {problem.value}
          </>
        )}
      </p>
      <div class="wait__footin">
        <Crisis />
        {current?.state === "waiting" && (
          <button class="btn btn--quiet" type="button" aria-busy={isBusy.value} onClick={() => void cancel()}>
            Cancel
          </button>
        )}
      </div>
    </div>
  );
}

export function WaitingPage() {
  useHome();
  const current = request.value;
  const isNowhere = (isRequestKnown.value && !current) || (current?.state === "cancelled" && current.reason === "client");
  useEffect(() => {
    if (isNowhere) navigate("/", { replace: true });
  }, [isNowhere]);
  return (
    <Frame title="Waiting" look="wait lit" links={false} region={{ name: "Waiting", foot: <Foot current={current} /> }}>
      {!current && (
        <section class="wait__say">
          <h1>One moment</h1>
          <p class="lead" role="status">
            Looking up your place in the line…
          </p>
        </section>
      )}
      {current && (isOver(current.state) ? <Over current={current} /> : <InLine current={current} />)}
    </Frame>
  );
}
