/** After *Accept*: own camera, the words, the seconds left and the way out. Shown until the client has said yes. */
import { secondsTick } from "../../call/clock";
import { media } from "../../call/media";
import type { RequestView } from "../../protocol.gen";
import { emit } from "../../socket";
import { Marks } from "../../ui/Marks";
import { Problem } from "../../ui/Problem";
import { useCommand } from "../../ui/useCommand";
import { areaName } from "../../ui/words";
import { CallIcon } from "./CallIcon";
import { OwnPicture } from "./Me";

const ANSWER_MS = 60_000;

function Countdown({ untilMs }: { untilMs: number }) {
  const leftMs = Math.max(0, untilMs - secondsTick.value);
  const seconds = Math.ceil(leftMs / 1000);
  const spoken = seconds === 30 || seconds === 10 ? `${seconds} seconds left` : "";
  return (
    <>
      <span
        class={seconds <= 10 ? "ring ring--late" : "ring"}
        style={`--left:${Math.min(1, leftMs / ANSWER_MS)};--size:72px`}
        role="timer"
        aria-label={`${seconds} seconds left`}
      >
        <svg viewBox="0 0 64 64" aria-hidden="true">
          <circle cx="32" cy="32" r="28" pathLength={1} />
          <circle cx="32" cy="32" r="28" pathLength={1} />
        </svg>
        <b aria-hidden="true">{seconds}</b>
      </span>
      <span class="sr" role="status">
        {spoken}
      </span>
    </>
  );
}

function Meter() {
  const level = media.level.value;
  return (
    <span
      class="mic"
      style={`--level:${level.toFixed(2)}`}
      role="meter"
      aria-label="Microphone level"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(level * 100)}
    />
  );
}

function Camera() {
  const isOn = media.isCameraOpen.value;
  return (
    <button
      class="btn btn--quiet"
      type="button"
      aria-pressed={isOn}
      onClick={() => void media.setCamera(!isOn)}
    >
      <CallIcon name={isOn ? "video" : "video-off"} small />
      Camera
    </button>
  );
}

function seenSoon(name: string, isJoining: boolean): string {
  const sense = media.isCameraOpen.value ? "see" : "hear";
  return isJoining ? `${name} can ${sense} you` : `${name} will ${sense} you when they say yes`;
}

export function Warming({ request }: { request: RequestView }) {
  const { isBusy, problem, run } = useCommand();
  const name = request.first_name;
  const isJoining = request.state !== "accepted";
  const withdraw = () =>
    void run(async () => {
      await emit("request:withdraw", { id: request.id });
    });
  return (
    <section class="warming" aria-label="The person you accepted">
      <div class="warming__mirror">
        {media.isCameraOpen.value && !request.is_chat_only ? (
          <OwnPicture name="warming__video" />
        ) : (
          <p class="warming__off">{request.is_chat_only ? "Chat only: your camera stays off" : "Your camera is off"}</p>
        )}
        {!request.is_chat_only && <span class="warming__tag">{seenSoon(name, isJoining)}</span>}
      </div>
      <div class="warming__say card">
        {isJoining ? (
          <p class="banner banner--joining" role="status">
            {name} said yes and is joining
          </p>
        ) : (
          <div class="split">
            <h1 class="warming__title">Waiting for {name} to say yes</h1>
            {request.answer_by_ms !== null && <Countdown untilMs={request.answer_by_ms} />}
          </div>
        )}
        {media.error.value && <p class="banner banner--warn">{media.error.value.sentence}</p>}
        <div class="stack gap-2">
          <span class="cluster">
            <span class="badge">{areaName(request.area)}</span>
            <Marks asked={request} />
          </span>
          {request.issue && <p class="sub">{request.issue}</p>}
          {request.note && <p class="warming__note">“{request.note}”</p>}
        </div>
        {!request.is_chat_only && (
          <div class="warming__listen">
            <CallIcon name="mic" />
            <Meter />
          </div>
        )}
        {/* A yes that came first is no problem: the words above say it. */}
        {!isJoining && <Problem text={problem.value} />}
        <div class="cluster">
          {!request.is_chat_only && <Camera />}
          {!isJoining && (
            <button class="btn btn--quiet" type="button" aria-busy={isBusy.value} onClick={withdraw}>
              Withdraw offer
            </button>
          )}
        </div>
      </div>
    </section>
  );
}
