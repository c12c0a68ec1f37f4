/** Where a message is written, with at most one file beside it. */
import { useRef } from "preact/hooks";

import type { Thread } from "../../messages/thread";
import { Icon } from "../../ui/Icon";
import { size } from "./words";

const TEXT_MAX = 4_000;
const TAKEN = "image/jpeg,image/png,image/webp,image/gif,.pdf,.docx,.xlsx,.pptx,.odt,.txt,.mp3,.m4a,.wav";

function Beside({ thread }: { thread: Thread }) {
  const file = thread.file.value;
  const arriving = thread.arriving.value;
  if (!file && !arriving) return null;
  const share = arriving?.share;
  return (
    <div class="mail__beside" role="status">
      <Icon name={arriving?.problem ? "circle-alert" : "file-text"} small />
      <span class="cut">
        {file ? `${file.name}, ${size(file.bytes)}` : arriving?.problem || `${arriving?.name ?? ""}: on its way`}
        {arriving && !arriving.problem && share != null ? `, ${Math.round(share * 100)} %` : ""}
      </span>
      <button class="btn btn--text btn--small" type="button" onClick={() => thread.letGo()}>
        {arriving?.problem ? "All right" : "Take it away"}
      </button>
    </div>
  );
}

export function Composer({ thread, name }: { thread: Thread; name: string }) {
  const chooser = useRef<HTMLInputElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const isArriving = thread.arriving.value !== null && !thread.arriving.value.problem;
  const send = () => {
    if (isArriving) return;
    thread.send();
    field.current?.focus();
  };
  return (
    <form
      class="mail__foot"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <Beside thread={thread} />
      <div class="composer">
        <input
          ref={chooser}
          type="file"
          hidden
          accept={TAKEN}
          aria-label="File"
          onChange={(event) => {
            const chosen = event.currentTarget.files?.[0];
            event.currentTarget.value = "";
            if (chosen) void thread.attach(chosen);
          }}
        />
        <button class="btn btn--icon" type="button" aria-label="Add a file" onClick={() => chooser.current?.click()}>
          <Icon name="paperclip" />
        </button>
        <textarea
          class="input"
          aria-label="Message"
          rows={1}
          maxLength={TEXT_MAX}
          placeholder={`Write to ${name}`}
          ref={field}
          value={thread.draft.value}
          onInput={(event) => thread.write(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            send();
          }}
        />
        <button
          class="btn btn--primary btn--icon composer__go"
          type="submit"
          aria-label="Send"
          aria-disabled={isArriving ? true : undefined}
        >
          <Icon name="arrow-up" />
        </button>
      </div>
    </form>
  );
}
