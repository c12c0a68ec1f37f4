/** One's own picture: small, and moved out of the way by pointer or by the arrow keys. */
import { useEffect, useRef } from "preact/hooks";

import { media } from "../../call/media";
import { CallIcon } from "./CallIcon";

const MARGIN = 8;
const STEP = 32;

export function OwnPicture({ name }: { name: string }) {
  const video = useRef<HTMLVideoElement>(null);
  const stream = media.stream.value;
  useEffect(() => {
    if (video.current && video.current.srcObject !== stream) video.current.srcObject = stream;
  }, [stream]);
  return <video ref={video} class={name} autoPlay playsInline muted aria-label="Your own picture" />;
}

const ARROWS: Record<string, [number, number]> = {
  ArrowLeft: [-STEP, 0],
  ArrowRight: [STEP, 0],
  ArrowUp: [0, -STEP],
  ArrowDown: [0, STEP],
};

/** Put the box at this place of its view, or as near as it fits. */
function put(box: HTMLElement, left: number, top: number): void {
  const view = box.parentElement;
  if (!view) return;
  const within = (at: number, room: number, size: number) => Math.min(Math.max(MARGIN, at), room - size - MARGIN);
  Object.assign(box.style, {
    left: `${within(left, view.clientWidth, box.offsetWidth)}px`,
    top: `${within(top, view.clientHeight, box.offsetHeight)}px`,
    right: "auto",
    bottom: "auto",
  });
}

export function Me() {
  const box = useRef<HTMLDivElement>(null);
  const grip = useRef<{ x: number; y: number } | null>(null);
  const isOn = media.isCameraOpen.value;
  useEffect(() => {
    const view = box.current?.parentElement;
    if (!view) return;
    // A panel opens or a phone is turned: where it was may be out of sight now.
    const watch = new ResizeObserver(() => {
      const me = box.current;
      if (me?.style.left) put(me, me.offsetLeft, me.offsetTop);
    });
    watch.observe(view);
    return () => watch.disconnect();
  }, []);
  const onPointerMove = (event: PointerEvent) => {
    const me = box.current;
    const view = me?.parentElement;
    if (!me || !view || !grip.current) return;
    const room = view.getBoundingClientRect();
    put(me, event.clientX - room.left - grip.current.x, event.clientY - room.top - grip.current.y);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const me = box.current;
    const step = ARROWS[event.key];
    if (!me || (!step && event.key !== "Home")) return;
    event.preventDefault();
    if (step) put(me, me.offsetLeft + step[0], me.offsetTop + step[1]);
    else me.removeAttribute("style");
  };
  return (
    <div
      ref={box}
      class={isOn ? "me" : "me me--off"}
      role="group"
      tabIndex={0}
      aria-label="Your own picture"
      aria-describedby="me-how"
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        grip.current = { x: event.offsetX, y: event.offsetY };
        box.current?.setPointerCapture(event.pointerId);
      }}
      onPointerMove={onPointerMove}
      onPointerUp={() => (grip.current = null)}
      onPointerCancel={() => (grip.current = null)}
    >
      {isOn ? (
        <OwnPicture name="me__video" />
      ) : (
        <>
          <CallIcon name="video-off" />
          <span>Camera off</span>
        </>
      )}
      <span class="sr" id="me-how">
        The arrow keys move it, Home puts it back.
      </span>
    </div>
  );
}
