/** Seeing oneself and being heard while waiting: the device check, without being called one. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { media } from "../call/media";
import { Devices } from "../ui/Devices";
import { Icon } from "../ui/Icon";
import { playNotes } from "../ui/sound";

const HEARD_FROM = 0.35;

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

function Listen() {
  const wasHeard = useSignal(false);
  const level = media.level.value;
  useEffect(() => {
    if (level > HEARD_FROM) wasHeard.value = true;
  }, [level]);
  const isOpen = media.isMicOpen.value;
  const words = !isOpen ? "No microphone yet" : wasHeard.value ? "We can hear you" : "Say a word";
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
    </div>
  );
}

export function CameraCheck() {
  const isChoosing = useSignal(false);
  useEffect(() => {
    if (!media.stream.peek()) void media.open({ audio: true, video: true });
  }, []);
  const isOn = media.isCameraOpen.value;
  const trouble = media.error.value;
  return (
    <section class="check-in stack gap-3" aria-label="Your camera and microphone">
      <Mirror />
      {isOn && trouble && (
        <p class="fine" role="status">
          {trouble.sentence}
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
        <button class="btn btn--quiet btn--small" type="button" onClick={playNotes}>
          <Icon name="volume-2" small />
          Test sound
        </button>
        <button class="btn btn--quiet btn--small" type="button" onClick={() => void media.setCamera(!isOn)}>
          <Icon name={isOn ? "video-off" : "video"} small />
          {isOn ? "Camera off" : "Camera on"}
        </button>
      </div>
      {isChoosing.value && (
        <div class="card stack gap-3" id="devices">
          <Devices />
        </div>
      )}
    </section>
  );
}
