/** The chat beside the picture: what is stored, then what has not got through yet and looks so. */
import { useEffect, useRef } from "preact/hooks";

import type { Call } from "../../call/call";
import { otherOf } from "../../call/sentences";
import type { ChatLine } from "../../protocol.gen";
import { me } from "../../state";
import { Linked } from "../../ui/Linked";
import { timeFor } from "../../ui/words";
import { CallIcon } from "./CallIcon";

const TEXT_MAX = 4_000;

function Line({ line, isMine, name, isFirst }: { line: ChatLine; isMine: boolean; name: string; isFirst: boolean }) {
  return (
    <>
      {isFirst && (
        <p class={isMine ? "say__when say__when--mine" : "say__when"}>
          {isMine ? "You" : name}, <span class="num">{timeFor(line.at_ms, me.value?.role === "client")}</span>
        </p>
      )}
      <p class={isMine ? "say say--mine" : "say"}>
        <Linked text={line.text} />
      </p>
    </>
  );
}

function Lines({ call, name }: { call: Call; name: string }) {
  const end = useRef<HTMLDivElement>(null);
  const lines = call.chat.lines.value;
  const unsent = call.chat.unsent.value;
  useEffect(() => end.current?.scrollIntoView({ block: "end" }), [lines.length, unsent.length]);
  return (
    <div class="panel__body" tabIndex={0} role="log" aria-label="Messages">
      <div class="says">
        {lines.length + unsent.length === 0 && <p class="fine">Nothing written yet. Only you two can read this.</p>}
        {lines.map((line, index) => (
          <Line
            key={line.id}
            line={line}
            name={name}
            isMine={line.seat === call.seat}
            isFirst={lines[index - 1]?.seat !== line.seat}
          />
        ))}
        {unsent.map((line) => (
          <div key={line.id} class="say__unsent">
            <p class="say say--mine say--waiting">{line.text}</p>
            <p class="say__when say__when--mine">{line.isRefused ? "Not sent" : "Sending…"}</p>
          </div>
        ))}
      </div>
      <div ref={end} />
    </div>
  );
}

export function ChatPanel({ call }: { call: Call }) {
  const room = call.room.value;
  const name = room ? otherOf(room).first_name : "";
  useEffect(() => {
    call.chat.setOpen(true);
    return () => call.chat.setOpen(false);
  }, [call]);
  return (
    <>
      <Lines call={call} name={name} />
      <form
        class="panel__foot composer"
        onSubmit={(event) => {
          event.preventDefault();
          call.chat.send();
        }}
      >
        <textarea
          class="input"
          aria-label="Message"
          rows={1}
          maxLength={TEXT_MAX}
          placeholder={name ? `Write to ${name}` : "Write a message"}
          value={call.chat.draft.value}
          onInput={(event) => call.chat.write(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            call.chat.send();
          }}
        />
        <button class="btn btn--primary btn--icon composer__send" type="submit" aria-label="Send">
          <CallIcon name="arrow-up" />
        </button>
      </form>
    </>
  );
}
