/** What is rarely needed in a call: the transcript, one's own picture, what the connection is like. */
import type { Signal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import type { Call } from "../../call/call";
import { otherOf } from "../../call/sentences";
import { CallIcon } from "./CallIcon";

interface Props {
  call: Call;
  isOwnHidden: Signal<boolean>;
  onClose: () => void;
}

function Transcript({ call, onClose }: { call: Call; onClose: () => void }) {
  const room = call.room.value;
  if (!room) return null;
  const { client_agreed, therapist_agreed } = room.transcript;
  const hasAgreed = call.seat === "client" ? client_agreed : therapist_agreed;
  if (hasAgreed) {
    return (
      <button
        type="button"
        onClick={() => {
          void call.setTranscript(false);
          onClose();
        }}
      >
        <CallIcon name="file-x" />
        Stop the transcript
      </button>
    );
  }
  const hasOtherAgreed = call.seat === "client" ? therapist_agreed : client_agreed;
  return (
    <p class="bubble__fact">
      <CallIcon name="file-x" small />
      {hasOtherAgreed ? "No transcript: you chose none." : `No transcript: ${otherOf(room).first_name} chose none.`}
    </p>
  );
}

function ConnectionDetails({ call }: { call: Call }) {
  const quality = call.quality.value;
  const details = quality
    ? [
        quality.roundTripMs === null ? "" : `${Math.round(quality.roundTripMs)} ms there and back`,
        `${quality.lossPercent.toFixed(1)} % lost`,
        quality.isRelayed ? "through a relay" : "straight between you",
      ]
    : ["No figures yet"];
  return (
    <p class="bubble__fact">
      <CallIcon name="activity" small />
      <span>Connection: {details.filter(Boolean).join(", ")}</span>
    </p>
  );
}

export function MoreMenu({ call, isOwnHidden, onClose }: Props) {
  const bubble = useRef<HTMLDivElement>(null);
  useEffect(() => {
    bubble.current?.querySelector("button")?.focus();
    const closeOutside = (event: PointerEvent) => {
      const target = event.target as Element;
      if (!bubble.current?.contains(target) && !target.closest('[aria-label="More"]')) onClose();
    };
    document.addEventListener("pointerdown", closeOutside);
    return () => document.removeEventListener("pointerdown", closeOutside);
  }, []);
  return (
    <div
      class="bubble"
      role="group"
      aria-label="Further choices"
      ref={bubble}
      onKeyDown={(event) => event.key === "Escape" && onClose()}
    >
      <Transcript call={call} onClose={onClose} />
      <button
        type="button"
        onClick={() => {
          isOwnHidden.value = !isOwnHidden.value;
          onClose();
        }}
      >
        <CallIcon name="eye-off" />
        {isOwnHidden.value ? "Show my own picture" : "Hide my own picture"}
      </button>
      <ConnectionDetails call={call} />
    </div>
  );
}
