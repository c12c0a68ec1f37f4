/** All conversations, newest first, and the search in them. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask, type Refusal } from "../../http";
import type { ConversationView, MessageHits } from "../../protocol.gen";
import { me } from "../../state";
import { Avatar } from "../../ui/Avatar";
import { when } from "./words";

const PAUSE_MS = 350;

function lastWords(one: ConversationView): string {
  if (!one.last) return "Nothing written yet";
  const words = one.last.is_gone ? "No longer kept" : one.last.text || (one.last.file ? `File: ${one.last.file.name}` : "");
  return one.last.seat === one.seat ? `You: ${words}` : words;
}

function Row({ one, isOpen }: { one: ConversationView; isOpen: boolean }) {
  return (
    <a class="row" href={`/messages/${one.id}`} aria-current={isOpen ? "true" : undefined}>
      <Avatar person={one} />
      <span class="row__main">
        <strong class="strong cut">
          {one.first_name} {one.last_name}
        </strong>
        <span class="fine cut">{lastWords(one)}</span>
      </span>
      <span class="mail__meta">
        {one.last && <span class="micro">{when(one.last.at_ms, me.value?.role === "client")}</span>}
        {one.unread > 0 && (
          <span class="count">
            {one.unread}
            <span class="sr"> unread</span>
          </span>
        )}
      </span>
    </a>
  );
}

/** Searching as one types, a little after the last letter. */
function useSearch() {
  const words = useSignal("");
  const hits = useSignal<MessageHits | null>(null);
  const trouble = useSignal("");
  const wanted = words.value.trim();
  useEffect(() => {
    hits.value = null;
    trouble.value = "";
    if (wanted.length < 2) return;
    const going = new AbortController();
    const timer = window.setTimeout(() => {
      ask("POST /api/conversations/search", { body: { words: wanted }, signal: going.signal }).then(
        (found) => (hits.value = found),
        (refusal: Refusal) => {
          if (!going.signal.aborted) trouble.value = refusal.message;
        },
      );
    }, PAUSE_MS);
    return () => {
      window.clearTimeout(timer);
      going.abort();
    };
  }, [wanted]);
  return { words, hits, trouble, isSearching: wanted.length >= 2 };
}

function Hits({ found }: { found: MessageHits }) {
  if (found.hits.length === 0) {
    return <p class="sub">{found.is_cut ? "Not found in the newest messages." : "Not found in what was written."}</p>;
  }
  return (
    <>
      {found.hits.map((hit) => (
        <a key={`${hit.conversation_id}:${hit.seq}`} class="row" href={`/messages/${hit.conversation_id}`}>
          <span class="row__main">
            <strong class="strong">
              {hit.first_name} {hit.last_name}
            </strong>
            <span class="fine mail__hit">
              {hit.before}
              <mark>{hit.found}</mark>
              {hit.after}
            </span>
          </span>
          <span class="micro">{when(hit.at_ms, me.value?.role === "client")}</span>
        </a>
      ))}
      {found.is_cut && <p class="fine">There is more. A longer word finds less.</p>}
    </>
  );
}

export function List({ all, openId }: { all: ConversationView[]; openId: string }) {
  const { words, hits, trouble, isSearching } = useSearch();
  return (
    <>
      <div class="field mail__search">
        <label class="sr" for="mail-search">
          Search messages
        </label>
        <input
          class="input"
          id="mail-search"
          type="search"
          maxLength={80}
          placeholder="Search"
          value={words.value}
          onInput={(event) => (words.value = event.currentTarget.value)}
        />
      </div>
      <p class="sr" role="status">
        {isSearching && hits.value ? `${hits.value.hits.length} found` : ""}
      </p>
      <div class="rows">
        {isSearching ? (
          hits.value ? (
            <Hits found={hits.value} />
          ) : (
            <p class="sub">{trouble.value || "Looking…"}</p>
          )
        ) : (
          all.map((one) => <Row key={one.id} one={one} isOpen={one.id === openId} />)
        )}
      </div>
    </>
  );
}
