/**
 * The one call of this page: begun when a request is accepted, or on the address of a session; let go at its end.
 * Pages use: `begin()` once at start; `accepting()` in the click of *Accept* (therapist); `agree()` in the click of
 * *Agree and join*; `enter()` from the call page; `call`, whose signals the call page renders.
 * Easy to break: `accepting` and `agree` must be called inside the click itself, or the browser refuses the sound.
 */
import { effect, signal } from "@preact/signals";

import type { RequestView, Seat } from "../protocol.gen";
import { navigate } from "../router";
import { emit, on } from "../socket";
import { me, request } from "../state";
import { rememberQuickLeave } from "./away";
import { Call } from "./call";
import { noteServerTime } from "./clock";
import { media } from "./media";
import { pageId } from "./page_id";
import { picture } from "./picture";

export const call = signal<Call | null>(null);

const NEUTRAL_PAGE = "/neutral.html";
const AWAY_ANSWER_MS = 250;

/** The yes of one request and one choice keeps its key, so that pressing again is the same yes. */
const keys = new Map<string, string>();

export function callPath(sessionId: string): string {
  return `/call/${sessionId}`;
}

/** Follow the request and the room from now on. Call once. */
export function begin(): void {
  effect(() => follow(request.value));
  effect(() => {
    if (call.value?.place.value === "agreed") show(call.value.sessionId);
  });
  document.addEventListener("visibilitychange", () => follow(request.peek()));
  on("room:changed", (view) => {
    if (call.peek()?.sessionId === view.session_id) call.peek()?.takeRoom(view);
  });
  on("room:signalled", ({ session_id, link, signal: incoming }) => {
    if (call.peek()?.sessionId === session_id) call.peek()?.takeSignal(link, incoming);
  });
  on("chat:added", (line) => call.peek()?.chat.add(line));
  on("room:captioned", (line) => call.peek()?.captions.add(line));
  on("notes:changed", (notes) => call.peek()?.notes?.load(notes));
  window.addEventListener("pagehide", () => void call.peek()?.notes?.flush());
}

/** In the click of the therapist's *Accept*: sound may play later, camera and microphone open now. */
export function accepting(isChatOnly: boolean): void {
  picture.bless();
  if (!isChatOnly) void media.open({ audio: true, video: true });
}

/** In the click of *Agree and join*: the yes. Rejects with the server's refusal; nothing is sent before it is taken. */
export async function agree(
  agreed: RequestView,
  choice: { terms_version: string; wants_transcript: boolean },
): Promise<void> {
  picture.bless();
  if (!agreed.session_id) throw new Error("a request without a session cannot be agreed to");
  const current = start(agreed.session_id, "client");
  const which = `${agreed.id} ${agreed.session_id} ${choice.terms_version} ${choice.wants_transcript}`;
  const key = keys.get(which) ?? crypto.randomUUID();
  keys.set(which, key);
  await emit("request:agree", { id: agreed.id, key, page_id: pageId, ...choice });
  current.agreed();
  void current.enter();
}

/** The call page is open on this session: join it unless this page already has. */
export function enter(sessionId: string, seat: Seat): void {
  const current = call.peek();
  if (current?.sessionId === sessionId && current.place.peek() !== "out" && !current.isOver()) return;
  void start(sessionId, seat).enter();
}

/** Leave quickly: silent and blank at once; Back does not return to the call. */
export async function leaveQuickly(): Promise<void> {
  document.body.replaceChildren();
  document.title = "";
  rememberQuickLeave();
  const answered = call.peek()?.stepAway();
  await Promise.race([answered, new Promise((resolve) => window.setTimeout(resolve, AWAY_ANSWER_MS))]);
  window.location.replace(NEUTRAL_PAGE);
}

export function leave(): void {
  const current = call.peek();
  if (!current) return;
  current.leave();
  letGo(current);
}

function show(sessionId: string): void {
  navigate(callPath(sessionId), { replace: true });
}

function start(sessionId: string, seat: Seat): Call {
  const current = call.peek();
  if (current?.sessionId === sessionId && !current.isOver()) return current;
  current?.close("ended");
  const started = new Call(sessionId, seat, letGo);
  call.value = started;
  return started;
}

function follow(current: RequestView | null): void {
  const seat = me.peek()?.role;
  if (seat !== "client" && seat !== "therapist") return;
  if (current) noteServerTime(current.now_ms);
  const held = call.peek();
  if (current?.state === "accepted" && current.session_id) {
    // A second window of the same person stays out of it while it is hidden.
    const isThisPage = document.visibilityState === "visible" || media.stream.peek() !== null;
    if (held?.sessionId !== current.session_id && isThisPage) warm(current.session_id, seat);
  } else if (held?.place.peek() === "warming" && !isGoingOn(current, held)) {
    held.close("ended");
    letGo(held);
  }
}

function isGoingOn(current: RequestView | null, held: Call): boolean {
  if (!current) return held.seat === "therapist" && window.location.pathname === callPath(held.sessionId);
  return (current.state === "joining" || current.state === "in_call") && current.session_id === held.sessionId;
}

function warm(sessionId: string, seat: Seat): void {
  start(sessionId, seat)
    .warm()
    .catch(() => {
      // Without it the connection is built cold at yes; the next connection or request view tries again.
    });
}

/** Over: devices are closed, and who was on the call page goes to what follows it. */
function letGo(over: Call): void {
  if (call.peek() !== over) return;
  const wasAgreed = over.room.peek()?.agreed_at_ms != null;
  call.value = null;
  if (wasAgreed || over.seat === "therapist") media.close();
  if (window.location.pathname !== callPath(over.sessionId)) return;
  const after = over.seat === "client" ? `/after/${over.sessionId}` : `/sessions/${over.sessionId}`;
  navigate(wasAgreed ? after : "/", { replace: true });
}
