/**
 * The one socket of this page: commands out, snapshots in. Knows no page.
 * Easy to break: after every connect the snapshots are asked anew, so a reload, a lost network and a second tab are
 * the same path; a command without an answer was perhaps taken, so whatever has an id is sent again under the same.
 */
import { io, type Socket } from "socket.io-client";

import { pageId } from "./call/page_id";
import { ask, NO_ANSWER, Refusal } from "./http";
import { PROTOCOL_VERSION, type Answer, type ClientToServer, type ServerToClient } from "./protocol.gen";
import { askInbox, forgetInbox, takeConversation } from "./messages/inbox";
import { path } from "./router";
import { connection, duty, isOver, isRequestKnown, me, pool, poolWith, request, takeRequest } from "./state";
import { keepFor } from "./whose";

const ANSWER_MS = 8_000;
const RETRY_MS = [0, 300, 1_200, 2_700];
const RETRY_LATER_MS = 3_000;
/** A try that hangs is given up: what was sent into a network that was away is sent again ever more seldom. */
const TRY_MS = 4_000;
/** Without a sign of life within this, a socket that seems to stand does not. */
const ALIVE_MS = 2_000;
const JITTER_MS = 1_000;
const RENEWED_AT = "renewed-at";
const RENEW_AGAIN_MS = 60_000;

type Event = keyof ClientToServer & string;
type BodyOf<E extends Event> = Parameters<ClientToServer[E]>[0];
type ValueOf<E extends Event> = Parameters<ClientToServer[E]>[1] extends (answer: Answer<infer V>) => void ? V : never;

const socket: Socket<ServerToClient, ClientToServer> = io({
  transports: ["websocket"],
  autoConnect: false,
  reconnection: false,
  timeout: TRY_MS,
  auth: { protocol: PROTOCOL_VERSION, page_id: pageId },
});

let tries = 0;
let timer = 0;
let triedAt = 0;
let isWanted = false;
let isDoubted = false;

/** Send a command; resolves with its value. Rejects with a `Refusal`, "no_answer" when there was none. */
export async function emit<E extends Event>(event: E, body: BodyOf<E>): Promise<ValueOf<E>> {
  let answer: Answer<ValueOf<E>>;
  try {
    const untyped = socket.timeout(ANSWER_MS) as unknown as {
      emitWithAck(event: string, body: unknown): Promise<Answer<ValueOf<E>>>;
    };
    answer = await untyped.emitWithAck(event, body);
  } catch {
    throw new Refusal("no_answer", NO_ANSWER);
  }
  if (answer.ok) return answer.value;
  // A process that restarts has not taken it, and this page is on another one in a moment.
  if (answer.code === "draining") throw new Refusal("no_answer", NO_ANSWER);
  throw new Refusal(answer.code, answer.message);
}

/** Listen for what the server says; returns how to stop. */
export function on<E extends keyof ServerToClient & string>(event: E, handler: ServerToClient[E]): () => void {
  const listen = socket as unknown as { on(e: string, h: unknown): void; off(e: string, h: unknown): void };
  listen.on(event, handler);
  return () => listen.off(event, handler);
}

/** Connect and stay connected until `disconnect`. */
export function connect(): void {
  isWanted = true;
  if (me.peek()) keepFor(me.peek()!.id);
  open();
}

function open(): void {
  triedAt = performance.now();
  socket.connect();
}

/**
 * Something else of this page has lost its network: see whether the socket still has one. A socket learns that by
 * itself only when the server's next ping is overdue, and signals sent meanwhile are lost.
 */
export async function doubt(): Promise<void> {
  if (isDoubted || !socket.connected) return;
  isDoubted = true;
  const doubted = socket.id;
  try {
    await socket.timeout(ALIVE_MS).emitWithAck("request:current", {});
  } catch {
    // By now another connection may stand in its place.
    if (isWanted && socket.id === doubted) {
      socket.disconnect();
      retry();
    }
  } finally {
    isDoubted = false;
  }
}

export function disconnect(): void {
  isWanted = false;
  window.clearTimeout(timer);
  socket.disconnect();
  forgetInbox();
}

function retry(): void {
  if (!isWanted) return;
  connection.value = "lost";
  // Counted from the last try, so that one that hung is followed at once.
  const spent = tries > 0 ? performance.now() - triedAt : 0;
  const wait = Math.max(0, (RETRY_MS[tries] ?? RETRY_LATER_MS) - spent) + (tries > 0 ? Math.random() * JITTER_MS : 0);
  tries += 1;
  window.clearTimeout(timer);
  timer = window.setTimeout(open, wait);
}

/** This page is older than the server: it is loaded anew, but never out of a call, and not again and again. */
function renew(): void {
  const isInCall = path.peek().startsWith("/call/");
  const renewedAt = Number(sessionStorage.getItem(RENEWED_AT));
  if (isInCall || Date.now() - renewedAt < RENEW_AGAIN_MS) return retry();
  sessionStorage.setItem(RENEWED_AT, String(Date.now()));
  window.location.reload();
}

/** The socket was refused. The cookie may be a newer one by now: it is renewed with the second step. */
function seeWhetherSignedIn(): void {
  ask("GET /api/me").then(retry, (refusal: Refusal) => {
    if (refusal.code === "not_signed_in") me.value = null;
    else retry();
  });
}

/** Somebody else may have signed in from another tab meanwhile: the cookie is shared, and this page shows one person. */
async function isStillTheSame(): Promise<boolean> {
  const now = await ask("GET /api/me");
  if (now.id === me.peek()?.id) return true;
  window.location.reload();
  return false;
}

async function askSnapshots(): Promise<void> {
  if (!(await isStillTheSame())) return;
  const current = await emit("request:current", {});
  if (current.request) takeRequest(current.request);
  else if (request.peek() && !isOver(request.peek()?.state)) request.value = null;
  isRequestKnown.value = true;
  if (me.peek()?.role === "therapist") {
    duty.value = await emit("duty:get", {});
    pool.value = await emit("pool:get", {});
  }
  await askInbox();
}

/** There may be a network where there was none, or none where there was one. */
function look(): void {
  if (socket.connected) void doubt();
  else if (isWanted) open();
}

/** Keep the signals of `state.ts` up to date. Call once. */
export function beginListening(): void {
  socket.on("connect", () => {
    tries = 0;
    const asked = me.peek()?.role === "admin" ? Promise.resolve() : askSnapshots();
    // Without an answer the next connect asks again.
    asked.catch(() => undefined).finally(() => (connection.value = socket.connected ? "connected" : "lost"));
  });
  socket.on("disconnect", (reason) => {
    if (reason !== "io client disconnect") retry();
  });
  socket.on("connect_error", (failure) => {
    if (failure.message === "not_signed_in") seeWhetherSignedIn();
    else if (failure.message === "web_client_outdated") renew();
    else retry();
  });
  window.addEventListener("online", look);
  // A lid was opened, a phone unlocked: what slept meanwhile does not know that its network has gone.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") look();
  });
  on("request:changed", takeRequest);
  on("conversation:changed", takeConversation);
  on("duty:changed", (view) => (duty.value = view));
  on("pool:changed", (view) => (pool.value = view));
  on("card:changed", (card) => {
    if (pool.peek()) pool.value = poolWith(pool.peek()!, card);
  });
}
