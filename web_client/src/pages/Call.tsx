/** The call, for both: the picture, the bar, and beside them chat, notes or who the other person is. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import type { Call } from "../call/call";
import { otherOf } from "../call/sentences";
import { call, enter, leave } from "../call/session";
import { me, request } from "../state";
import { pageTitle } from "../ui/attention";
import { Crisis } from "../ui/Crisis";
import { later } from "../ui/later";
import { useEscapeTwice } from "../ui/useEscapeTwice";
import { Bar, type Panel } from "./call/Bar";
import { Captions } from "./call/Captions";
import { Forget } from "./call/Forget";
import { Question } from "./call/Question";
import { SidePanel } from "./call/SidePanel";
import { ShortcutList, useShortcuts } from "./call/shortcuts";
import { ConnectionStatus, Stage } from "./call/Stage";
import { Warming } from "./call/Warming";
import "./Call.css";

const concern = later(async () => (await import("./session/RaiseConcern")).RaiseConcern, { isPart: true });

function useFullScreen() {
  const room = useRef<HTMLElement>(null);
  const isFull = useSignal(document.fullscreenElement !== null);
  useEffect(() => {
    const onChange = () => (isFull.value = document.fullscreenElement !== null);
    document.addEventListener("fullscreenchange", onChange);
    return () => document.removeEventListener("fullscreenchange", onChange);
  }, []);
  const toggle = () => {
    // Refused by the browser or a policy: the page simply stays as it is, and so does the button.
    const asked = isFull.value ? document.exitFullscreen() : room.current?.requestFullscreen();
    asked?.catch(() => undefined);
  };
  return { room, isFull, toggle };
}

function EndQuestion({ current, onClose }: { current: Call; onClose: () => void }) {
  const room = current.room.value;
  const name = room ? otherOf(room).first_name : "The other person";
  if (current.seat === "therapist") {
    return (
      <Question
        title="End session?"
        text={`${name} will see that you ended it for both. Your notes stay open.`}
        yes="End for both"
        no="Keep talking"
        onYes={() => {
          onClose();
          void current.end();
        }}
        onNo={onClose}
      />
    );
  }
  return (
    <Question
      title="Leave session?"
      text={`${name} stays for a moment, and you can come back from Home while the room is open.`}
      yes="Leave"
      no="Keep talking"
      onYes={leave}
      onNo={onClose}
    />
  );
}

/** Another window has the seat, or the session cannot be opened: said plainly, with the one thing to press. */
function Aside({ current, sentence, action }: { current: Call; sentence: string; action: string }) {
  return (
    <div class="aside">
      <h1>{sentence}</h1>
      <button class="btn btn--primary" type="button" onClick={() => void current.enter()}>
        {action}
      </button>
      <a class="btn btn--text" href="/">
        Home
      </a>
      <ConnectionStatus call={current} />
      <Crisis isShort />
    </div>
  );
}

function Room({ current }: { current: Call }) {
  const { room: element, isFull, toggle } = useFullScreen();
  // A face before a form: panels open by a press; only a session without sound and picture begins in its chat.
  const panel = useSignal<Panel>(current.room.peek()?.is_chat_only ? "chat" : null);
  const isMoreOpen = useSignal(false);
  const isOwnHidden = useSignal(false);
  const isAsking = useSignal(false);
  const areKeysListed = useSignal(false);
  const isConcerned = useSignal(false);
  useShortcuts(() => (areKeysListed.value = true));
  const room = current.room.value;
  const isCutOff = current.refresh.step.value === "writing" || current.between.mending.value === "writing";
  useEffect(() => {
    // A line that fails later must not keep a therapist from raising one.
    if (current.seat === "therapist") concern.fetchAhead();
  }, []);
  useEffect(() => {
    if (isCutOff && panel.peek() === null) panel.value = "chat";
  }, [isCutOff]);
  useEffect(() => {
    if (room?.is_chat_only && panel.peek() === null) panel.value = "chat";
  }, [room?.is_chat_only]);
  const name = room ? otherOf(room).first_name : "";
  return (
    <main
      id="main"
      class={current.seat === "therapist" ? "room room--work" : "room"}
      data-theme={current.seat === "client" ? "dark" : undefined}
      ref={element}
    >
      <h1 class="sr">{name ? `Call with ${name}` : "Call"}</h1>
      <div class="stage" data-theme="dark">
        <Stage call={current} isOwnHidden={isOwnHidden} />
        <Captions call={current} />
        <Bar
          call={current}
          panel={panel}
          isFull={isFull}
          isMoreOpen={isMoreOpen}
          isOwnHidden={isOwnHidden}
          onFull={toggle}
          onKeys={() => (areKeysListed.value = true)}
          onConcern={() => (isConcerned.value = true)}
          onEnd={() => (isAsking.value = true)}
        />
        {isConcerned.value && (
          <concern.Page sessionId={current.sessionId} stays onClose={() => (isConcerned.value = false)} />
        )}
        {areKeysListed.value && (
          <ShortcutList isTherapist={current.seat === "therapist"} onClose={() => (areKeysListed.value = false)} />
        )}
        <Forget call={current} />
        {isAsking.value && <EndQuestion current={current} onClose={() => (isAsking.value = false)} />}
      </div>
      {panel.value !== null && <SidePanel call={current} panel={panel} />}
    </main>
  );
}

export function CallPage({ id }: { id: string }) {
  const role = me.value?.role;
  const seat = role === "client" || role === "therapist" ? role : null;
  useEffect(() => {
    if (seat) enter(id, seat);
  }, [id, seat]);
  useEscapeTwice(seat === "client");
  useEffect(() => {
    pageTitle.value = "Call";
  }, []);
  const current = call.value;
  if (!current || current.sessionId !== id) {
    return (
      <main id="main" class="room room--aside" data-theme="dark">
        <div class="aside">
          <h1>Opening the session</h1>
          <Crisis isShort />
        </div>
      </main>
    );
  }
  const place = current.place.value;
  if (place === "replaced") {
    return (
      <main id="main" class="room room--aside" data-theme="dark">
        <Aside current={current} sentence="This call is open in another window" action="Use here instead" />
      </main>
    );
  }
  if (place === "out" && current.trouble.value) {
    return (
      <main id="main" class="room room--aside" data-theme="dark">
        <Aside current={current} sentence={current.trouble.value} action="Rejoin" />
      </main>
    );
  }
  const accepted = request.value;
  if (place === "warming" && current.seat === "therapist" && accepted?.session_id === id) {
    return (
      <main id="main" class="room room--warming" data-theme="dark">
        <Warming request={accepted} />
        <ConnectionStatus call={current} />
      </main>
    );
  }
  return <Room current={current} />;
}
