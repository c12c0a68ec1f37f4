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

const BARS = { 1: "Weak connection", 2: "Fair connection", 3: "Good connection", 4: "Very good connection" } as const;

export function OwnPicture({ name }: { name: string }) {
  const video = useRef<HTMLVideoElement>(null);
  const stream = media.stream.value;
  useEffect(() => {
    if (video.current && video.current.srcObject !== stream) video.current.srcObject = stream;
  }, [stream]);
  return <video ref={video} class={name} autoPlay playsInline muted aria-label="Your own picture" />;
}

/** One's own picture, which may be dragged out of the way. */
function Me() {
  const box = useRef<HTMLDivElement>(null);
  const grip = useRef<{ x: number; y: number } | null>(null);
  const isOn = media.isCameraOpen.value;
  const move = (event: PointerEvent) => {
    const me = box.current;
    const view = me?.parentElement;
    if (!me || !view || !grip.current) return;
    const room = view.getBoundingClientRect();
    const left = Math.min(Math.max(8, event.clientX - room.left - grip.current.x), room.width - me.offsetWidth - 8);
    const top = Math.min(Math.max(8, event.clientY - room.top - grip.current.y), room.height - me.offsetHeight - 8);
    Object.assign(me.style, { left: `${left}px`, top: `${top}px`, right: "auto", bottom: "auto" });
  };
  return (
    <div
      ref={box}
      class={isOn ? "me" : "me me--off"}
      onPointerDown={(event) => {
        grip.current = { x: event.offsetX, y: event.offsetY };
        box.current?.setPointerCapture(event.pointerId);
      }}
      onPointerMove={move}
      onPointerUp={() => (grip.current = null)}
      onPointerCancel={() => (grip.current = null)}
    >
      {isOn ? (
        <OwnPicture name="me__video" />
      ) : (
        <>
          <CallIcon name="video-off" />
          <span>Camera off</span>
        </>
      )}
    </div>
  );
}

function TimeInCall({ room }: { room: RoomView }) {
  const live = room.live_at_ms;
  return (
    <span class="num" role="timer" aria-label="Time in the call">
      {live === null ? "00:00" : asTimer(secondsTick.value - live)}
    </span>
  );
}

function Strength({ call }: { call: Call }) {
  const bars = call.linkState.value === "connected" ? (call.quality.value?.bars ?? 4) : 1;
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
  if (!other.is_camera_on) {
    return [`${name}’s camera is off`, other.is_muted ? "Their microphone is off too." : `You can hear ${name}.`];
  }
  return null;
}

function Notices({ call, room }: { call: Call; room: RoomView }) {
  const other = otherOf(room);
  const isThere = other.is_present && call.linkState.value === "connected";
  const trouble = media.error.value;
  const putAway = useSignal<typeof trouble>(null);
  const isAsked = room.mute_asked && media.isMicOpen.value;
  const isHeardOff = isThere && other.is_muted && !room.is_chat_only;
  return (
    <div class="notice__others" role="status" aria-label="Microphones">
      {trouble && trouble !== putAway.value && !room.is_chat_only && (
        <div class="banner">
          <p>{trouble.sentence}</p>
          <button class="notice__x" type="button" aria-label="Close note" onClick={() => (putAway.value = trouble)}>
            <CallIcon name="x" small />
          </button>
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
    <div class="view">
      <div class="view__slot" ref={slot} />
      {room && <Cover call={call} room={room} />}
      {room && <Top call={call} room={room} />}
      {room && !room.is_chat_only && !isOwnHidden.value && <Me />}
      {picture.needsTap.value && !media.isOpening.value && (
        <button class="btn btn--primary btn--big tap" type="button" onClick={() => void picture.start()}>
          <CallIcon name="volume-2" />
          Tap to hear
        </button>
      )}
      <div class="notice">
        {room && <Notices call={call} room={room} />}
        <ConnectionStatus call={call} />
      </div>
    </div>
  );
}
