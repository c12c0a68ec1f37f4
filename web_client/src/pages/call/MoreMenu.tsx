/** What is rarely needed in a call: transcript, pictures, screen, devices, what the connection is like, crisis numbers. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import type { Call } from "../../call/call";
import { Picture, picture } from "../../call/picture";
import { Screen } from "../../call/screen";
import { otherOf } from "../../call/sentences";
import { Crisis } from "../../ui/Crisis";
import { Devices } from "../../ui/Devices";
import { usePutAway } from "../../ui/usePutAway";
import { CaptionsSwitch } from "./Captions";
import { CallIcon, type CallIconName } from "./CallIcon";

const OPENER = '.callbar [aria-label="More"]';

interface Props {
  call: Call;
  isOwnHidden: Signal<boolean>;
  onKeys: () => void;
  onConcern: () => void;
  onClose: () => void;
}

/** One line of the menu; pressing it does it and closes the menu. */
function Line({ icon, words, onPress, onClose }: { icon: CallIconName; words: string; onPress: () => void; onClose: () => void }) {
  return (
    <button
      type="button"
      onClick={() => {
        onPress();
        onClose();
      }}
    >
      <CallIcon name={icon} />
      {words}
    </button>
  );
}

function LowData({ call }: { call: Call }) {
  const isOn = call.watch.isLowData.value;
  return (
    <button type="button" role="switch" aria-checked={isOn} onClick={() => call.watch.setLowData(!isOn)}>
      <CallIcon name="gauge" />
      <span>
        Use less data
        <small>{isOn ? "On: your picture is small, your voice is as it was" : "Off"}</small>
      </span>
    </button>
  );
}

function DevicesHere() {
  const isOpen = useSignal(false);
  return (
    <>
      <button
        type="button"
        aria-expanded={isOpen.value}
        aria-controls={isOpen.value ? "call-devices" : undefined}
        onClick={() => (isOpen.value = !isOpen.value)}
      >
        <CallIcon name="settings-2" />
        Devices
      </button>
      {isOpen.value && (
        <div class="bubble__devices stack gap-3" id="call-devices">
          <Devices />
        </div>
      )}
    </>
  );
}

function Transcript({ call, onClose }: { call: Call; onClose: () => void }) {
  const room = call.room.value;
  if (!room) return null;
  const { client_agreed, therapist_agreed } = room.transcript;
  const hasAgreed = call.seat === "client" ? client_agreed : therapist_agreed;
  if (hasAgreed) {
    return <Line icon="file-x" words="Stop the transcript" onPress={() => void call.setTranscript(false)} onClose={onClose} />;
  }
  const hasOtherAgreed = call.seat === "client" ? therapist_agreed : client_agreed;
  return (
    <p class="bubble__fact">
      <CallIcon name="file-x" small />
      {hasOtherAgreed ? "No transcript: you chose none." : `No transcript: ${otherOf(room).first_name} chose none.`}
    </p>
  );
}

const HEARD = { well: "clearly", gaps: "with gaps", nothing: "not at all just now" } as const;

function ConnectionDetails({ call }: { call: Call }) {
  const quality = call.watch.quality.value;
  const room = call.room.value;
  const here = call.watch.hears.value;
  const there = call.between.other.value.hears;
  const name = room ? otherOf(room).first_name : "";
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
      <span>
        Connection: {details.filter(Boolean).join(", ")}.{here && ` You hear ${name} ${HEARD[here]}.`}
        {there && ` ${name} hears you ${HEARD[there]}.`}
      </span>
    </p>
  );
}

export function MoreMenu({ call, isOwnHidden, onKeys, onConcern, onClose }: Props) {
  const bubble = useRef<HTMLDivElement>(null);
  useEffect(() => {
    bubble.current?.querySelector("button")?.focus();
  }, []);
  usePutAway(bubble, (by) => {
    // A press on the button that opened it closes it by itself.
    if (by instanceof PointerEvent && (by.target as Element).closest(OPENER)) return;
    onClose();
    if (by instanceof KeyboardEvent) document.querySelector<HTMLElement>(OPENER)?.focus();
  });
  const isChatOnly = call.room.value?.is_chat_only ?? false;
  return (
    <div class="bubble" role="group" aria-label="Further choices" ref={bubble}>
      <Transcript call={call} onClose={onClose} />
      {!isChatOnly && <OfPictures call={call} isOwnHidden={isOwnHidden} onClose={onClose} />}
      <Line icon="keyboard" words="Keyboard shortcuts" onPress={onKeys} onClose={onClose} />
      {call.seat === "therapist" && (
        <Line icon="triangle-alert" words="Raise a concern" onPress={onConcern} onClose={onClose} />
      )}
      {!isChatOnly && <ConnectionDetails call={call} />}
      <Crisis isShort />
    </div>
  );
}

function OfPictures({ call, isOwnHidden, onClose }: Omit<Props, "onKeys" | "onConcern">) {
  const isShowing = call.screen.track.value !== null;
  return (
    <>
      {call.seat === "therapist" && Screen.isPossible && (
        <Line
          icon="monitor"
          words={isShowing ? "Stop showing my screen" : "Show my screen"}
          onPress={() => (isShowing ? call.screen.stop() : void call.screen.start())}
          onClose={onClose}
        />
      )}
      {Picture.mayFloat && (
        <Line
          icon="picture-in-picture"
          words={picture.isFloating.value ? "Back from picture in picture" : "Picture in picture"}
          onPress={() => void picture.float()}
          onClose={onClose}
        />
      )}
      <Line
        icon="eye-off"
        words={isOwnHidden.value ? "Show my own picture" : "Hide my own picture"}
        onPress={() => (isOwnHidden.value = !isOwnHidden.value)}
        onClose={onClose}
      />
      <LowData call={call} />
      <CaptionsSwitch call={call} />
      <DevicesHere />
    </>
  );
}
