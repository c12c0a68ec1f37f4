/** The therapist's screen: in the middle of the client's view; a line and a way to stop on the therapist's own. */
import { useEffect, useRef } from "preact/hooks";

import type { Call } from "../../call/call";
import { otherOf } from "../../call/sentences";
import { CallIcon } from "./CallIcon";

export function isScreenShown(call: Call): boolean {
  return call.between.other.value.is_showing_screen && call.linkState.value === "connected";
}

export function ScreenShown({ call }: { call: Call }) {
  const video = useRef<HTMLVideoElement>(null);
  const stream = isScreenShown(call) ? (call.link.value?.remoteScreen.value ?? null) : null;
  const room = call.room.value;
  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
  }, [stream]);
  if (!stream || !room) return null;
  return (
    <video ref={video} class="view__screen" autoPlay playsInline muted aria-label={`${otherOf(room).first_name}’s screen`} />
  );
}

export function ScreenLine({ call }: { call: Call }) {
  const room = call.room.value;
  if (!room || !call.screen.track.value) return null;
  return (
    <div class="banner banner--info">
      <CallIcon name="monitor" />
      <p>{otherOf(room).first_name} sees your screen.</p>
      <button class="btn btn--quiet btn--small" type="button" onClick={() => call.screen.stop()}>
        Stop showing
      </button>
    </div>
  );
}
