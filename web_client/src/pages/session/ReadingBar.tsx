/** Above the words: search with next and previous, jump to a time, and from mark to mark. */
import { useSignal } from "@preact/signals";

import { Icon } from "../../ui/Icon";
import type { Reading } from "./useReading";

export function ReadingBar({ reading, hasMarks }: { reading: Reading; hasMarks: boolean }) {
  const time = useSignal("");
  const isNoTime = useSignal(false);
  const hits = reading.hits();
  const isSeeking = reading.sought.value.trim().length > 1;
  const where = hits.length > 0 ? `${reading.current.value + 1} of ${hits.length}` : "None";
  return (
    <div class="reading">
      <form
        class="reading__find"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          reading.step(1);
        }}
      >
        <div class="search">
          <Icon name="search" />
          <input
            class="input"
            type="search"
            aria-label="Search in this session"
            placeholder="Search"
            value={reading.sought.value}
            onInput={(event) => reading.seek(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || !event.shiftKey) return;
              event.preventDefault();
              reading.step(-1);
            }}
          />
        </div>
        {isSeeking && (
          <>
            <span class="reading__count num" role="status">
              {where}
            </span>
            <button class="btn btn--icon btn--small" type="button" aria-label="Previous place" onClick={() => reading.step(-1)}>
              <Icon name="chevron-up" />
            </button>
            <button class="btn btn--icon btn--small" type="submit" aria-label="Next place">
              <Icon name="chevron-down" />
            </button>
          </>
        )}
      </form>
      <form
        class="reading__jump"
        onSubmit={(event) => {
          event.preventDefault();
          isNoTime.value = !reading.jump(time.value);
        }}
      >
        <input
          class="input num"
          inputMode="numeric"
          aria-label="Go to time"
          aria-invalid={isNoTime.value}
          aria-describedby={isNoTime.value ? "no-time" : undefined}
          placeholder="12:40"
          maxLength={8}
          value={time.value}
          onInput={(event) => (time.value = event.currentTarget.value)}
        />
        <button class="btn btn--quiet btn--small" type="submit">
          Go
        </button>
        {hasMarks && (
          <button class="btn btn--quiet btn--small" type="button" onClick={() => reading.nextMark()}>
            <Icon name="bookmark" small />
            Next mark
          </button>
        )}
      </form>
      {isNoTime.value && (
        <p class="reading__no" id="no-time" role="alert">
          Type minutes and seconds, like 12:40.
        </p>
      )}
    </div>
  );
}
