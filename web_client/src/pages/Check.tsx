/** The device check by itself, before there is any call: camera, microphone, sound, network, and a report for support. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { media } from "../call/media";
import type { Reached } from "../call/reach";
import { call } from "../call/session";
import { isOver, me, request } from "../state";
import { Frame } from "../ui/Frame";
import { playNotes } from "../ui/sound";
import { CameraCheck, wasHeard } from "./CameraCheck";
import { Network } from "./check/Network";
import { type Facts, report } from "./check/words";
import "../styles/client.css";
import "./Check.css";

type Speaker = Facts["speaker"];

/** What the browser says it lets us use; some browsers do not say. */
async function permission(name: "camera" | "microphone"): Promise<string> {
  try {
    return (await navigator.permissions.query({ name: name as PermissionName })).state;
  } catch {
    return "";
  }
}

function Sound({ onAnswer, answer }: { answer: Speaker; onAnswer: (answer: Speaker) => void }) {
  const hasPlayed = useSignal(false);
  return (
    <section class="card stack gap-3" aria-labelledby="check-sound">
      <h2 id="check-sound">Sound</h2>
      <div class="cluster">
        <button
          class="btn btn--quiet"
          type="button"
          onClick={() => {
            hasPlayed.value = true;
            playNotes();
          }}
        >
          Play two notes
        </button>
        {hasPlayed.value && (
          <>
            <button class="btn btn--quiet" type="button" aria-pressed={answer === "heard"} onClick={() => onAnswer("heard")}>
              I heard them
            </button>
            <button
              class="btn btn--quiet"
              type="button"
              aria-pressed={answer === "not heard"}
              onClick={() => onAnswer("not heard")}
            >
              I heard nothing
            </button>
          </>
        )}
      </div>
      <p class="fine" role="status">
        {answer === "heard" && "Good. You will hear the other person."}
        {answer === "not heard" &&
          "Turn the volume up, look whether a headset is plugged in, and on a phone whether it is switched to silent. Under Devices you may pick another speaker."}
      </p>
    </section>
  );
}

function Report({ speaker, network }: { speaker: Speaker; network: Reached | null }) {
  const permissions = useSignal({ camera: "", microphone: "" });
  const said = useSignal("");
  const camera = media.camera.value;
  const microphone = media.microphone.value;
  useEffect(() => {
    void Promise.all([permission("camera"), permission("microphone")]).then(
      ([ofCamera, ofMicrophone]) => (permissions.value = { camera: ofCamera, microphone: ofMicrophone }),
    );
  }, [camera, microphone, media.error.value]);
  const { width, height } = camera?.getSettings() ?? {};
  const text = report({
    atMs: Date.now(),
    browser: navigator.userAgent,
    permissions: permissions.value,
    camera: camera ? `${camera.label} ${width} x ${height}` : "",
    microphone: microphone?.label ?? "",
    wasHeard: wasHeard.value,
    speaker,
    trouble: media.error.value?.sentence ?? media.note.value,
    network,
  });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      said.value = "Copied. Paste it into your message to support.";
    } catch {
      said.value = "This browser does not let us copy. Mark the text and copy it yourself.";
    }
  };
  return (
    <section class="card stack gap-3" aria-labelledby="check-report">
      <h2 id="check-report">For support</h2>
      <p class="sub">If something does not work, send us these lines. They hold nothing of any session; devices are called as this machine calls them.</p>
      <pre class="devcheck__report" tabIndex={0} aria-label="Report">
        {text}
      </pre>
      <div class="cluster">
        <button class="btn btn--quiet" type="button" onClick={() => void copy()}>
          Copy the report
        </button>
        <span class="fine" role="status">
          {said.value}
        </span>
      </div>
    </section>
  );
}

export function CheckPage() {
  const speaker = useSignal<Speaker>("not tried");
  const network = useSignal<Reached | null>(null);
  useEffect(() => {
    return () => {
      // A camera that a wait or a call goes on using stays open.
      const isWanted = call.peek() !== null || (request.peek() !== null && !isOver(request.peek()?.state));
      if (!isWanted) media.close();
    };
  }, []);
  return (
    <Frame title="Device check" look={me.value?.role === "therapist" ? "desk page--narrow" : "page--narrow"}>
      <div class="pagehead">
        <h1>Device check</h1>
        <p class="sub">See and hear before a call whether everything works. Nobody else sees or hears this.</p>
      </div>
      <div class="stack gap-5 devcheck">
        <CameraCheck isAlone />
        <Sound answer={speaker.value} onAnswer={(answer) => (speaker.value = answer)} />
        <section class="card stack gap-3" aria-labelledby="check-network">
          <h2 id="check-network">Network</h2>
          <Network found={network} isAtOnce />
        </section>
        <Report speaker={speaker.value} network={network.value} />
      </div>
    </Frame>
  );
}
