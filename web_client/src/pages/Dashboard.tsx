/** The therapist's desk: on duty or not, who is waiting, and beside it what else there is to do. */
import { useSignal } from "@preact/signals";

import { callPath } from "../call/session";
import { emit } from "../socket";
import { connection, duty, request } from "../state";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { isSoundBlocked, isSoundOn, turnSound } from "../ui/sound";
import { Beside } from "./dashboard/Beside";
import { outcome } from "./dashboard/line";
import { askToNotify, permission } from "./dashboard/notification";
import { Pool } from "./dashboard/Pool";
import "./Dashboard.css";

const STATUS = { on_duty: "You are free", in_session: "In a session", off: "Off duty" };

function Duty() {
  const isBusy = useSignal(false);
  const trouble = useSignal("");
  const status = duty.value?.status;
  const isOn = status !== undefined && status !== "off";
  // Known before the page has everything else; a press in between would be swallowed.
  const isReady = status !== undefined && !isBusy.value && connection.value === "connected";
  const toggle = async () => {
    if (!isReady || isBusy.peek()) return;
    isBusy.value = true;
    trouble.value = "";
    try {
      duty.value = await emit("duty:set", { is_on: !isOn });
    } catch (refusal) {
      trouble.value = refusal instanceof Error ? refusal.message : "";
    }
    isBusy.value = false;
  };
  return (
    <div class="dash__bar">
      <button
        class="switch duty"
        type="button"
        role="switch"
        aria-checked={isOn}
        aria-label="On duty"
        aria-describedby="duty-status"
        aria-disabled={isReady ? undefined : true}
        onClick={() => void toggle()}
      >
        <span class="switch__track" />
        <span aria-hidden="true">On duty</span>
      </button>
      <span class={trouble.value ? "dash__status dash__status--bad" : "dash__status"} id="duty-status" role="status">
        {trouble.value || (status ? STATUS[status] : "")}
      </span>
      {isOn && permission.value === "default" && (
        <button class="btn btn--text btn--small dash__notify" type="button" onClick={() => void askToNotify()}>
          <Icon name="bell" small />
          Notify me when this tab is hidden
        </button>
      )}
      <button
        class="btn btn--quiet btn--small btn--icon dash__sound"
        type="button"
        aria-label="Sound for new requests"
        aria-pressed={isSoundOn.value}
        title={isSoundOn.value ? "Sound is on" : "Sound is off"}
        onClick={() => turnSound(!isSoundOn.value)}
      >
        <Icon name={isSoundOn.value ? "volume-2" : "volume-x"} />
      </button>
    </div>
  );
}

/** A reload on duty leaves the page silent until something is pressed: that is said, and one press ends it. */
function Silent() {
  const isSilent = isSoundOn.value && isSoundBlocked.value && duty.value?.status === "on_duty";
  return (
    <div role="status" class={isSilent ? "banner banner--warn dash__silent" : ""}>
      {isSilent && (
        <>
          <Icon name="volume-x" />
          <div>
            <p>
              <strong>Your browser keeps this page silent</strong> until you press something on it.
            </p>
          </div>
          <button class="btn btn--quiet btn--small" type="button" onClick={() => turnSound(true)}>
            Let it sound
          </button>
        </>
      )}
    </div>
  );
}

/** The way back to whoever this therapist is with, or what became of the one they accepted last. */
function Current() {
  const dismissed = useSignal("");
  const current = request.value;
  const isWith = current && ["accepted", "joining", "in_call"].includes(current.state);
  if (isWith && current.session_id) {
    const isAsked = current.state === "accepted";
    return (
      <div class="banner dash__notice" role="status">
        <Icon name="video" />
        <div>
          <p>
            <strong>{isAsked ? `${current.first_name} has not answered yet` : `You are with ${current.first_name}`}</strong>
          </p>
          <p>{isAsked ? "They have your photo and a few lines about you before them." : "The call goes on."}</p>
        </div>
        <a class="btn btn--primary btn--small" href={callPath(current.session_id)}>
          {isAsked ? "Go back" : "Rejoin"}
        </a>
      </div>
    );
  }
  const news = outcome(current);
  const id = current ? `${current.id} ${current.version}` : "";
  if (!news || dismissed.value === id) return null;
  return (
    <div class="banner dash__notice" role="status">
      <Icon name="info" />
      <div>
        <p>
          <strong>{news.title}</strong>
        </p>
        {news.text && <p>{news.text}</p>}
      </div>
      <button class="btn btn--text btn--small" type="button" onClick={() => (dismissed.value = id)}>
        Put away
      </button>
    </div>
  );
}

export function DashboardPage() {
  return (
    <Frame title="Dashboard" look="desk dash">
      <div class="dash__top">
        <Duty />
        <Silent />
      </div>
      <Pool notice={<Current />} />
      <Beside />
    </Frame>
  );
}
