/**
 * The other person's words, by a machine, in a strip of their own: nothing is laid over a face.
 * Easy to break: a screen reader must not talk over the person whose words these are. The strip is a log that can be
 * read at will, also on a braille line, and announces nothing by itself.
 */
import { useEffect, useRef } from "preact/hooks";

import type { Call } from "../../call/call";
import { otherOf } from "../../call/sentences";
import type { RoomView } from "../../protocol.gen";
import { CallIcon } from "./CallIcon";
import "./captions.css";

const HOW = "Written by a machine, about 3 seconds behind";
const NEAR_END_PX = 40;

function areBothAgreed(room: RoomView): boolean {
  return room.transcript.client_agreed && room.transcript.therapist_agreed;
}

/** The line in *More*. Without a transcript there is nobody who listens, so it says why it is off. */
export function CaptionsSwitch({ call }: { call: Call }) {
  const room = call.room.value;
  if (!room) return null;
  const name = otherOf(room).first_name;
  const isPossible = areBothAgreed(room);
  const isOn = room.has_captions;
  const how = isOn ? `On: what ${name} says. ${HOW}` : "Off";
  return (
    <button
      type="button"
      role="switch"
      aria-label="Captions"
      aria-checked={isOn}
      aria-disabled={isPossible || isOn ? undefined : true}
      aria-describedby="captions-how"
      onClick={() => (isPossible || isOn) && void call.setCaptions(!isOn)}
    >
      <CallIcon name="captions" />
      <span>
        Captions
        <small id="captions-how">{isPossible ? how : "They need the transcript, and you have not both agreed to it"}</small>
      </span>
    </button>
  );
}

function emptyWords(room: RoomView, name: string): string {
  if (!areBothAgreed(room)) return "The transcript has stopped, and the captions with it.";
  const { client_leg, therapist_leg } = room.transcript;
  const leg = room.seat === "client" ? therapist_leg : client_leg;
  return leg === "recording" ? `What ${name} says will stand here.` : `${name} is not being heard yet.`;
}

export function Captions({ call }: { call: Call }) {
  const log = useRef<HTMLDivElement>(null);
  const room = call.room.value;
  const lines = call.captions.lines.value;
  useEffect(() => {
    const strip = log.current;
    if (!strip) return;
    // Who has scrolled up is reading there.
    const newest = strip.lastElementChild as HTMLElement | null;
    const isAtEnd = strip.scrollHeight - strip.scrollTop - strip.clientHeight < NEAR_END_PX + (newest?.offsetHeight ?? 0);
    if (isAtEnd) strip.scrollTop = strip.scrollHeight;
  }, [lines]);
  if (!room?.has_captions) return null;
  const name = otherOf(room).first_name;
  const isStopped = !areBothAgreed(room);
  return (
    <section class="captions" aria-label="Captions">
      <p class="captions__how">
        {name}: {HOW.toLowerCase()}
      </p>
      <div class="captions__lines" role="log" aria-live="off" aria-label={`What ${name} says`} tabIndex={0} ref={log}>
        {lines.map((line) => (
          <p key={line.id}>{line.text}</p>
        ))}
        {(lines.length === 0 || isStopped) && <p class="captions__none">{emptyWords(room, name)}</p>}
      </div>
    </section>
  );
}
