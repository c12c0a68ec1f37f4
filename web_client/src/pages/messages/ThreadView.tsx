/**
 * One conversation: what was written, what is unread by whom, and what has not got through yet and looks so.
 * Easy to break: it counts as read only while this page is in front, not while it lies open in a hidden tab.
 */
import type { RefObject } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";

import { Thread, type Unsent } from "../../messages/thread";
import type { ConversationView, FileView, MessageView } from "../../protocol.gen";
import { connection, me } from "../../state";
import { Avatar } from "../../ui/Avatar";
import { Icon } from "../../ui/Icon";
import { Linked } from "../../ui/Linked";
import { Composer } from "./Composer";
import { at, day, size } from "./words";

export function Attached({ file }: { file: FileView }) {
  const href = `/api/files/${file.id}`;
  if (file.width && file.height) {
    return (
      <a class="file file--picture" href={href} download={file.name} target="_blank" rel="noopener">
        <img src={href} alt={`Picture: ${file.name}`} width={file.width} height={file.height} loading="lazy" />
      </a>
    );
  }
  return (
    <a class="file" href={href} download={file.name} target="_blank" rel="noopener">
      <Icon name="file-text" />
      <span>
        <strong class="strong">{file.name}</strong>
        <span class="micro">{size(file.bytes)}</span>
      </span>
    </a>
  );
}

interface Shown {
  message: MessageView;
  view: ConversationView;
  isFirstOfDay: boolean;
  isLastInARow: boolean;
}

function Message({ message, view, isFirstOfDay, isLastInARow }: Shown) {
  const isMine = message.seat === view.seat;
  const time = <span class="num">{at(message.at_ms, me.value?.role === "client")}</span>;
  const isRead = isMine && message.seq <= view.other_read_seq;
  return (
    <>
      {isFirstOfDay && <p class="say__when mail__day">{day(message.at_ms)}</p>}
      {message.file && (
        <div class={isMine ? "mail__file mail__file--mine" : "mail__file"}>
          <Attached file={message.file} />
        </div>
      )}
      {message.is_gone && <p class="fine">{isMine ? "What you wrote here is kept no longer." : "What was written here is kept no longer."}</p>}
      {message.text && (
        <p class={isMine ? "say say--mine" : "say"}>
          <Linked text={message.text} />
        </p>
      )}
      {isLastInARow && (
        <p class={isMine ? "say__when say__when--mine" : "say__when"}>
          {isMine ? "" : `${view.first_name}, `}
          {time}
          {message.is_from_call ? ", in the call" : ""}
          {isRead && !message.is_from_call ? ", read" : ""}
        </p>
      )}
    </>
  );
}

function NotSent({ one, thread }: { one: Unsent; thread: Thread }) {
  return (
    <div class="mail__unsent">
      {one.file && (
        <div class="mail__file mail__file--mine">
          <Attached file={one.file} />
        </div>
      )}
      {one.text && <p class="say say--mine say--waiting">{one.text}</p>}
      <p class="say__err">
        {one.isRefused ? (
          "Not sent. You can copy the words and try again."
        ) : thread.isOffline.value ? (
          <>
            <Icon name="circle-alert" small />
            <span>Not sent yet: we cannot reach the server. It is kept and goes by itself.</span>
            <button class="btn btn--text btn--small" type="button" onClick={() => thread.retry()}>
              Try now
            </button>
          </>
        ) : (
          "Sending…"
        )}
      </p>
    </div>
  );
}

const NEAR_PX = 80;

/** Keeps the newest message in view while pictures arrive and keyboards open, unless one has scrolled up to read. */
function useEnd(body: RefObject<HTMLDivElement | null>): () => void {
  const isAtEnd = useRef(true);
  const stay = () => body.current?.scrollTo({ top: body.current.scrollHeight });
  useEffect(() => {
    const box = body.current!;
    const look = () => (isAtEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX);
    const grown = new ResizeObserver(() => isAtEnd.current && stay());
    grown.observe(box);
    grown.observe(box.firstElementChild!);
    box.addEventListener("scroll", look, { passive: true });
    return () => {
      grown.disconnect();
      box.removeEventListener("scroll", look);
    };
  }, []);
  return stay;
}

function Said({ thread, view }: { thread: Thread; view: ConversationView }) {
  const body = useRef<HTMLDivElement>(null);
  const messages = thread.messages.value ?? [];
  const newest = messages.at(-1)?.seq ?? 0;
  const unsent = thread.unsent.value;
  const stay = useEnd(body);
  useEffect(stay, [newest, unsent.length]);
  return (
    <div class="mail__body" tabIndex={0} role="log" aria-label={`Conversation with ${view.first_name} ${view.last_name}`} ref={body}>
      <div class="says">
        {thread.hasOlder.value && (
          <button class="btn btn--quiet btn--small mail__day" type="button" onClick={() => void thread.askOlder()}>
            Show earlier messages
          </button>
        )}
        {thread.trouble.value && <p role="status">{thread.trouble.value}</p>}
        {thread.messages.value === null && !thread.trouble.value && <p class="fine">One moment…</p>}
        {thread.messages.value?.length === 0 && unsent.length === 0 && (
          <p class="fine">Nothing written yet. Only the two of you can read this.</p>
        )}
        {messages.map((message, index) => {
          const [before, after] = [messages[index - 1], messages[index + 1]];
          return (
            <Message
              key={message.id}
              message={message}
              view={view}
              isFirstOfDay={!before || day(before.at_ms) !== day(message.at_ms)}
              isLastInARow={!after || after.seat !== message.seat || after.at_ms - message.at_ms > 300_000}
            />
          );
        })}
        {unsent.map((one) => (
          <NotSent key={one.id} one={one} thread={thread} />
        ))}
      </div>
    </div>
  );
}

function useThread(view: ConversationView): Thread {
  const thread = useMemo(() => new Thread(view.id), [view.id]);
  useEffect(() => () => thread.close(), [thread]);
  useEffect(() => {
    if (connection.value === "connected") void thread.resume();
  }, [thread, connection.value]);
  useEffect(() => thread.notice(view), [thread, view.version]);
  const newest = thread.messages.value?.at(-1)?.seq ?? 0;
  useEffect(() => {
    const mark = () => {
      if (document.visibilityState === "visible" && newest > view.read_seq) void thread.markRead();
    };
    mark();
    document.addEventListener("visibilitychange", mark);
    return () => document.removeEventListener("visibilitychange", mark);
  }, [thread, newest, view.read_seq]);
  return thread;
}

export function ThreadView({ view }: { view: ConversationView }) {
  const thread = useThread(view);
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <section class="mail__thread" aria-labelledby="mail-with">
      <header class="mail__head">
        <a class="btn btn--icon btn--small mail__back" href="/messages" aria-label="All messages">
          <Icon name="arrow-left" />
        </a>
        <Avatar person={view} />
        <div class="row__main">
          <h2 id="mail-with" tabIndex={-1} ref={heading}>
            {view.first_name} {view.last_name}
          </h2>
          {view.seat === "client" && <span class="fine">Messages are not read at once</span>}
        </div>
      </header>
      <Said thread={thread} view={view} />
      <Composer thread={thread} name={view.first_name} />
    </section>
  );
}
