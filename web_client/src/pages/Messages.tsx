/** Messages: all conversations, and one of them. On a phone one or the other. */
import { useEffect } from "preact/hooks";
import { useSignal } from "@preact/signals";

import { ask, type Refusal } from "../http";
import { askInbox, inbox, takeConversation } from "../messages/inbox";
import type { ConversationView } from "../protocol.gen";
import { navigate } from "../router";
import { me } from "../state";
import { Crisis } from "../ui/Crisis";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { List } from "./messages/List";
import { ThreadView } from "./messages/ThreadView";
import "./Messages.css";

/** The conversation of this address; asked for when it is not in the inbox. `withId`: a person instead. */
function useConversation(id: string, withId: string) {
  const trouble = useSignal("");
  const found = inbox.value?.find((one) => one.id === id || one.with_id === withId);
  const lone = useSignal<ConversationView | null>(null);
  useEffect(() => {
    trouble.value = "";
    lone.value = null;
    if (!withId) return;
    ask("GET /api/conversations/with/{id}", { params: { id: withId } }).then(
      (view) => {
        takeConversation(view);
        lone.value = view;
        navigate(`/messages/${view.id}`, { replace: true });
      },
      (refusal: Refusal) => (trouble.value = refusal.message),
    );
  }, [withId]);
  useEffect(() => {
    // One of a therapist's in which nothing was written yet stands in no inbox.
    if (!id || found || lone.value?.id === id || !inbox.value) return;
    ask("POST /api/conversations/{id}/find", { params: { id }, body: {} }).then(
      (page) => (lone.value = page.conversation),
      (refusal: Refusal) => (trouble.value = refusal.message),
    );
  }, [id, found === undefined, inbox.value === null]);
  return { conversation: found ?? (lone.value?.id === id ? lone.value : null), trouble };
}

function Empty() {
  const isClient = me.value?.role === "client";
  return (
    <section class="empty mail__only">
      <Icon name="message-circle" />
      <h2>No messages yet</h2>
      {isClient ? (
        <>
          <p>
            After your first session you can write to your therapist here. Messages are not read at once: if you are in
            danger, use the numbers below.
          </p>
          <a class="btn btn--primary" href="/talk">
            Talk to someone now
          </a>
        </>
      ) : (
        <p>What you and your clients write to each other, also in a call, is kept here.</p>
      )}
    </section>
  );
}

export function MessagesPage({ id, withId }: { id: string; withId: string }) {
  const { conversation, trouble } = useConversation(id, withId);
  const problem = useSignal("");
  useEffect(() => {
    askInbox().then(
      () => (problem.value = ""),
      (refusal: Refusal) => (problem.value = refusal.message),
    );
  }, []);
  const isOpen = Boolean(id || withId);
  const all = inbox.value;
  const isEmpty = all?.length === 0 && !isOpen;
  const said = trouble.value || (all ? "" : problem.value || "Looking up your messages…");
  return (
    <Frame title="Messages" look={isOpen ? "mail mail--open" : "mail"} hasCrisis>
      <h1 class="sr">Messages</h1>
      {isEmpty ? (
        <Empty />
      ) : (
        <>
          <section class="mail__list" aria-labelledby="mail-list">
            <h2 id="mail-list">Messages</h2>
            {all && <List all={all} openId={conversation?.id ?? ""} />}
            {said && !isOpen && <p role="status">{said}</p>}
          </section>
          {conversation ? (
            <ThreadView key={conversation.id} view={conversation} />
          ) : (
            <section class={isOpen ? "mail__thread mail__wait" : "mail__none"}>
              {isOpen ? (
                <p role="status">
                  {said || "One moment…"} {trouble.value && <a href="/messages">All messages</a>}
                </p>
              ) : (
                <p class="sub">Choose a conversation.</p>
              )}
            </section>
          )}
        </>
      )}
      {me.value?.role === "client" && (
        <div class="mail__crisis">
          <Crisis isShort />
        </div>
      )}
    </Frame>
  );
}
