/** The other person's picture over the whole screen, one's own small, and only what must be said laid over it. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import type { Call } from "../../call/call";
import { asTimer, secondsTick } from "../../call/clock";
import { media } from "../../call/media";
import { picture } from "../../call/picture";
import { otherOf, recordingSign } from "../../call/sentences";
import { leaveQuickly } from "../../call/session";
import type { RoomView } from "../../protocol.gen";
import { request } from "../../state";
import { CallIcon } from "./CallIcon";
import { Me } from "./Me";
import { isScreenShown, ScreenLine, ScreenShown } from "./ScreenShown";
import { TimeLeft } from "./TimeLeft";

const TAP_PATIENCE_MS = 2_000;
const BARS = { 1: "Weak connection", 2: "Fair connection", 3: "Good connection", 4: "Very good connection" } as const;

function TimeInCall({ room }: { room: RoomView }) {
  const live = room.live_at_ms;
  return (
    <span class="num" role="timer" aria-label="Time in the call">
      {live === null ? "00:00" : asTimer(secondsTick.value - live)}
    </span>
  );
}

function Strength({ call }: { call: Call }) {
  const bars = call.linkState.value === "connected" ? (call.watch.quality.value?.bars ?? 4) : 1;
  return (
    <span class="signal" data-bars={bars} role="img" aria-label={BARS[bars]}>
      <i />
      <i />
      <i />
      <i />
    </span>
  );
}

function RecordingSign({ room }: { room: RoomView }) {
  const sign = recordingSign(room);
  return (
    <span class="sign" role="status" aria-label="Transcript">
      {sign && (
        <span class={sign.isOn ? "tag tag--sign" : "tag tag--sign tag--starting"}>
          <CallIcon name="file-text" small />
          <span class="tag__long">{sign.text}</span>
        </span>
      )}
    </span>
  );
}

function Top({ call, room }: { call: Call; room: RoomView }) {
  const other = otherOf(room);
  return (
    <div class="view__top">
      {call.seat === "client" && (
        <button
          class="tag tag--btn"
          type="button"
          title="Blanks the page at once; Esc twice does the same. The session is not ended."
          onClick={() => void leaveQuickly()}
        >
          Leave quickly
        </button>
      )}
      {call.seat === "therapist" && (
        <span class="tag">
          <strong class="cut">{shortName(other)}</strong>
          <TimeInCall room={room} />
          <Strength call={call} />
        </span>
      )}
      {room.is_rehearsal && <span class="tag tag--test">Test session</span>}
      <span class="view__push" />
      <RecordingSign room={room} />
      {call.seat === "client" && (
        <span class="tag">
          <TimeInCall room={room} />
          <Strength call={call} />
        </span>
      )}
    </div>
  );
}

function shortName(person: RoomView["client"]): string {
  return person.last_name ? `${person.first_name} ${person.last_name.charAt(0)}.` : person.first_name;
}

function Face({ room }: { room: RoomView }) {
  const other = otherOf(room);
  const photo = room.seat === "client" ? request.value?.therapist?.photo : null;
  if (photo) return <img class="avatar" src={photo} alt="" />;
  return (
    <span class="avatar" aria-hidden="true">
      {other.first_name.charAt(0)}
    </span>
  );
}

/** What stands where the picture would be, when there is none to see. */
function Cover({ call, room }: { call: Call; room: RoomView }) {
  const other = otherOf(room);
  const isThere = other.is_present && !other.has_stepped_away && !other.has_left;
  const text = coverText(call, room, isThere);
  if (!text) return null;
  return (
    <div class="cover">
      <Face room={room} />
      <h2>{text[0]}</h2>
      <p>{text[1]}</p>
    </div>
  );
}

function coverText(call: Call, room: RoomView, isThere: boolean): [string, string] | null {
  const other = otherOf(room);
  const name = other.first_name;
  if (other.has_stepped_away) return [`${name} stepped away`, "The room stays open for them."];
  if (other.has_left) return [`${name} left`, "They may come back while the room is open."];
  if (room.is_chat_only && isThere) return [`${name} is with you`, "Chat only: cameras and microphones are off."];
  if (room.phase === "interrupted" && picture.isMoving.value) return null;
  if (!isThere) return [`Waiting for ${name}`, "The room is open. Your side is ready."];
  if (!call.hasConnected.value) return [`Connecting you to ${name}`, "Usually less than a second."];
  if (isScreenShown(call)) return null;
  if (other.is_camera_on && call.between.other.value.is_picture_paused) {
    return [`${name}’s picture is paused`, "Their connection is weak, so that their voice comes first."];
  }
  if (!other.is_camera_on) {
    return [`${name}’s camera is off`, other.is_muted ? "Their microphone is off too." : `You can hear ${name}.`];
  }
  return null;
}

/** What the other side gets of us, in words, when it is not all. */
function weakness(call: Call, name: string): string {
  const { hears } = call.between.other.value;
  if (media.isMicOpen.value && hears === "nothing") return `${name} cannot hear you just now`;
  if (media.isMicOpen.value && hears === "gaps") return `${name} hears you with gaps`;
  if (call.watch.isPicturePaused.value && media.isCameraOpen.value) return "Your picture is paused so that your voice gets through";
  return "";
}

function Notices({ call, room }: { call: Call; room: RoomView }) {
  const other = otherOf(room);
  const isThere = other.is_present && call.linkState.value === "connected";
  const trouble = media.error.value?.sentence ?? media.note.value;
  const putAway = useSignal("");
  const isAsked = room.mute_asked && media.isMicOpen.value;
  const weak = isThere ? weakness(call, other.first_name) : "";
  const isHeardOff = isThere && other.is_muted && !room.is_chat_only;
  return (
    <div class="notice__others" role="status" aria-label="Microphones">
      {trouble && trouble !== putAway.value && !room.is_chat_only && (
        <div class="banner">
          <p>{trouble}</p>
          <button class="notice__x" type="button" aria-label="Close note" onClick={() => (putAway.value = trouble)}>
            <CallIcon name="x" small />
          </button>
        </div>
      )}
      {media.isHeldBack.value && (
        <div class="banner">
          <p>This machine has taken the microphone or camera away, perhaps for a phone call.</p>
          <button class="btn btn--quiet btn--small" type="button" onClick={() => void media.recheck()}>
            Use them again
          </button>
        </div>
      )}
      <ScreenLine call={call} />
      {weak && (
        <div class="tag">
          <CallIcon name="wifi" small />
          {weak}
        </div>
      )}
      {isAsked && (
        <div class="tag">
          <CallIcon name="mic" small />
          {other.first_name} asks you to turn your microphone off
        </div>
      )}
      {isHeardOff && (
        <div class="tag">
          <CallIcon name="mic-off" small />
          {other.first_name}’s microphone is off
        </div>
      )}
    </div>
  );
}

/** The one place where the state of the connection is said, always there for a screen reader. */
export function ConnectionStatus({ call }: { call: Call }) {
  const { text, detail, tone } = call.saying.value;
  return (
    <div role="status" aria-label="Connection" class={tone === "quiet" ? "sr" : `banner banner--${tone}`}>
      {tone !== "quiet" && <CallIcon name={tone === "joining" ? "check" : "wifi"} />}
      <div>
        <p>{tone === "warn" ? <strong>{text}</strong> : text}</p>
        {detail && <p>{detail}</p>}
      </div>
    </div>
  );
}

/** A page that captures may sound without a press, so the devices are waited for; a question nobody answers is not. */
function Tap() {
  const isPatient = useSignal(true);
  useEffect(() => {
    const timer = window.setTimeout(() => (isPatient.value = false), TAP_PATIENCE_MS);
    return () => window.clearTimeout(timer);
  }, []);
  if (isPatient.value && media.isOpening.value) return null;
  return (
    <button class="btn btn--primary btn--big tap" type="button" onClick={() => void picture.start()}>
      <CallIcon name="volume-2" />
      Tap to hear
    </button>
  );
}

export function Stage({ call, isOwnHidden }: { call: Call; isOwnHidden: Signal<boolean> }) {
  // The element outlives this page, so it has a place of its own that the page never draws into.
  const slot = useRef<HTMLDivElement>(null);
  const room = call.room.value;
  const isTalking = call.isTalking.value;
  useEffect(() => {
    if (slot.current && isTalking) picture.show(slot.current);
    return () => picture.hide(!call.isTalking.peek());
  }, [call, isTalking]);
  picture.element.classList.toggle("view__them--frozen", call.hasConnected.value && call.linkState.value !== "connected");
  return (
    <div class={isScreenShown(call) ? "view view--screen" : "view"}>
      <ScreenShown call={call} />
      <div class="view__slot" ref={slot} />
      {room && <Cover call={call} room={room} />}
      {room && <Top call={call} room={room} />}
      {room && !room.is_chat_only && !isOwnHidden.value && <Me />}
      {picture.needsTap.value && <Tap />}
      <div class="notice">
        {room && <Notices call={call} room={room} />}
        {room && <TimeLeft room={room} />}
        <ConnectionStatus call={call} />
      </div>
    </div>
  );
}
