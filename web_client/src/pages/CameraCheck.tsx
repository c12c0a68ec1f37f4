/** Seeing oneself and being heard while waiting: the device check, without being called one. */
import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { media } from "../call/media";
import type { Reached } from "../call/reach";
import { Devices } from "../ui/Devices";
import { Icon } from "../ui/Icon";
import { playNotes } from "../ui/sound";
import { Network } from "./check/Network";

const HEARD_FROM = 0.35;
/** Less than the noise of a quiet room: nothing at all comes from this microphone. */
const FLAT_BELOW = 0.04;
const FLAT_AFTER_MS = 6_000;
const LOOK_EVERY_MS = 1_000;

/** A voice has come from the microphone since it was opened. */
export const wasHeard = signal(false);

function Mirror() {
  const video = useRef<HTMLVideoElement>(null);
  const stream = media.stream.value;
  const isSeen = media.isCameraOpen.value;
  useEffect(() => {
    if (video.current) video.current.srcObject = stream;
  }, [stream, isSeen]);
  if (isSeen) {
    return (
      <div class="mirror">
        <video ref={video} autoPlay muted playsInline aria-label="Your camera picture" />
        <span class="mirror__tag">Only you can see this</span>
      </div>
    );
  }
  const trouble = media.error.value;
  return (
    <div class="mirror mirror--off">
      <Icon name="camera-off" />
      <p class="strong" role="status">
        {media.isOpening.value
          ? "Your browser asks whether we may use your camera and microphone"
          : (trouble?.sentence ?? "Your camera is off")}
      </p>
      {trouble && !media.isOpening.value && (
        <button class="btn btn--quiet btn--small" type="button" onClick={() => void media.recheck()}>
          Try again
        </button>
      )}
    </div>
  );
}

/** True when an open microphone has given nothing at all for some seconds. */
function useFlat(isOpen: boolean) {
  const isFlat = useSignal(false);
  const track = media.microphone.value;
  useEffect(() => {
    isFlat.value = false;
    wasHeard.value = false;
    if (!isOpen) return;
    let aliveAt = performance.now();
    const stop = media.level.subscribe((level) => {
      if (level >= FLAT_BELOW) aliveAt = performance.now();
      if (level > HEARD_FROM) wasHeard.value = true;
    });
    const timer = window.setInterval(() => {
      isFlat.value = performance.now() - aliveAt > FLAT_AFTER_MS;
    }, LOOK_EVERY_MS);
    return () => {
      stop();
      window.clearInterval(timer);
    };
  }, [track, isOpen]);
  return isFlat;
}

function Listen() {
  const isOpen = media.isMicOpen.value;
  const isFlat = useFlat(isOpen);
  const level = media.level.value;
  const isOff = media.microphone.value !== null && !isOpen;
  const words = isOff
    ? "Your microphone is off"
    : !isOpen
      ? "No microphone yet"
      : wasHeard.value
        ? "We can hear you"
        : "Say a word";
  return (
    <div class="listen">
      <Icon name="mic" />
      <span
        class="mic"
        style={{ "--level": level.toFixed(2) }}
        role="meter"
        aria-label="Microphone level"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(level * 10) * 10}
      />
      <span class="fine" aria-live="polite">
        {words}
      </span>
      <p class="listen__flat" role="status">
        {isFlat.value &&
          "Nothing at all comes from this microphone. Look for a switch on it, or pick another under Devices. You may also go on in the chat."}
      </p>
    </div>
  );
}

/** `isAlone`: on the page that checks the network and the sound in places of their own. */
export function CameraCheck({ isAlone = false }: { isAlone?: boolean }) {
  const found = useSignal<Reached | null>(null);
  const isChoosing = useSignal(false);
  useEffect(() => {
    if (!media.stream.peek()) void media.open({ audio: true, video: true });
  }, []);
  const isOn = media.isCameraOpen.value;
  const isMicOpen = media.isMicOpen.value;
  const trouble = media.error.value?.sentence ?? media.note.value;
  return (
    <section class="check-in stack gap-3" aria-label="Your camera and microphone">
      <Mirror />
      {isOn && trouble && (
        <p class="fine" role="status">
          {trouble}
        </p>
      )}
      <Listen />
      <div class="cluster check-in__do">
        <button
          class="btn btn--quiet btn--small"
          type="button"
          aria-expanded={isChoosing.value}
          aria-controls={isChoosing.value ? "devices" : undefined}
          onClick={() => (isChoosing.value = !isChoosing.value)}
        >
          <Icon name="settings-2" small />
          Devices
        </button>
        {!isAlone && (
          <button class="btn btn--quiet btn--small" type="button" onClick={playNotes}>
            <Icon name="volume-2" small />
            Test sound
          </button>
        )}
        <button class="btn btn--quiet btn--small" type="button" onClick={() => void media.setCamera(!isOn)}>
          <Icon name={isOn ? "video-off" : "video"} small />
          {isOn ? "Camera off" : "Camera on"}
        </button>
        <button
          class="btn btn--quiet btn--small"
          type="button"
          onClick={() => {
            if (!media.microphone.peek()) void media.open({ audio: true, video: false });
            media.setMuted(isMicOpen);
          }}
        >
          <Icon name="mic" small />
          {isMicOpen ? "Microphone off" : "Microphone on"}
        </button>
      </div>
      {isChoosing.value && (
        <div class="card stack gap-3" id="devices">
          <Devices />
        </div>
      )}
      {!isAlone && <Network found={found} />}
    </section>
  );
}
