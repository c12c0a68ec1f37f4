/** The wait: place and estimate, oneself in the mirror, *Cancel* and the crisis numbers never out of reach. */
import { useEffect } from "preact/hooks";

import { secondsTick } from "../call/clock";
import { home, useHome } from "../home";
import type { RequestView } from "../protocol.gen";
import { navigate } from "../router";
import { emit } from "../socket";
import { isOver, isRequestKnown, request } from "../state";
import { Crisis } from "../ui/Crisis";
import { Frame } from "../ui/Frame";
import { Problem } from "../ui/Problem";
import { clock } from "../ui/words";
import { CameraCheck } from "./CameraCheck";
import { Prompts } from "./waiting/Prompts";
import { cameBack, estimate, over, placeOf } from "./waiting/sentences";
import { useStep } from "./waiting/useStep";
import "../styles/client.css";

const SHOWN_MAX = 12;

function Over({ current }: { current: RequestView }) {
  const words = over(current);
  const isCalledBack = current.reason === "callback";
  return (
    <>
      <section class="wait__say" aria-live="polite">
        <h1>{words.title}</h1>
        <p class="lead">{words.text}</p>
      </section>
      <div class="card stack gap-3 wait__else">
        <p>What you wrote is still there.</p>
        <a class={`btn btn--${isCalledBack ? "quiet" : "primary"} btn--wide`} href="/talk">
          {isCalledBack ? "Ask again now" : "Try again"}
        </a>
        <a class="btn btn--text btn--wide" href="/">
          Home
        </a>
      </div>
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
  const back = cameBack(current);
  const isAnybodyThere = home.value?.on_duty !== 0;
  return (
    <>
      <section class="wait__say">
        <div aria-live="polite">
          <h1>
            {current.prompts ? "Still looking, and still here" : isAnybodyThere ? "We are finding someone" : "You are in the line"}
          </h1>
          <p class="lead">
            {current.place !== null && (
              <>
                You are <strong>{placeOf(current.place)}</strong>.{" "}
              </>
            )}
            {estimate(current, home.value?.on_duty ?? null)}
          </p>
        </div>
        <div class="wait__line">
          <Line place={current.place ?? 1} />
          <Waited placedAtMs={current.placed_at_ms} />
        </div>
      </section>
      <div role="status" class={back ? "banner" : ""}>
        {back && <p>{back}</p>}
      </div>
      {current.prompts && <Prompts current={current} prompts={current.prompts} />}
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
  const { isBusy, problem, step } = useStep();
  const cancel = (id: string) => void step(() => emit("request:cancel", { id }));
  return (
    <div class="foot wait__foot">
      <Problem text={problem.value} />
      <div class="wait__footin">
        <Crisis />
        {current?.state === "waiting" && (
          <button class="btn btn--quiet" type="button" aria-busy={isBusy.value} onClick={() => cancel(current.id)}>
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
