/** What can be done with the whole session: take it along, print it, delete its transcript. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import type { SessionView } from "../../protocol.gen";
import { CalendarIcon } from "../../ui/CalendarIcon";
import { Icon } from "../../ui/Icon";
import { later } from "../../ui/later";
import { Menu } from "../../ui/Menu";

const concern = later(async () => (await import("./RaiseConcern")).RaiseConcern, { isPart: true });
const deletion = later(async () => (await import("./Delete")).Delete, { isPart: true });
const DELETABLE = ["finishing", "ready", "empty", "failed"];

export function SessionMenu({ view, onReload }: { view: SessionView; onReload: () => Promise<void> }) {
  const isDeleting = useSignal(false);
  const isConcerned = useSignal(false);
  const withNotes = useSignal(false);
  const canDelete = DELETABLE.includes(view.transcript) && view.ended_reason !== "";
  const file = (ending: string): string =>
    `/api/sessions/${view.session_id}/export.${ending}${withNotes.value && ending !== "vtt" ? "?notes=1" : ""}`;
  useEffect(() => {
    if (canDelete) deletion.fetchAhead();
  }, [canDelete]);
  return (
    <div class="cluster sess__do">
      {!view.is_rehearsal && (
        <a class="btn btn--quiet" href={`/users/${view.client_id}`}>
          <CalendarIcon name="calendar-plus" />
          Schedule a further session
        </a>
      )}
      <Menu name="Export" icon="file-down">
        <a href={file("pdf")} download>
          <Icon name="file-down" />
          PDF
        </a>
        <a href={file("txt")} download>
          <Icon name="file-text" />
          Plain text
        </a>
        {view.utterances.length > 0 && (
          <a href={file("vtt")} download>
            <Icon name="captions" />
            WebVTT, for players
          </a>
        )}
        <button type="button" onClick={() => requestAnimationFrame(() => window.print())}>
          <Icon name="printer" />
          Print
        </button>
        <label class="check menu__check">
          <input
            type="checkbox"
            checked={withNotes.value}
            onChange={(event) => (withNotes.value = event.currentTarget.checked)}
          />
          <span>With my notes</span>
        </label>
        <p class="menu__note">An exported file is no longer protected here. Each export is on record.</p>
      </Menu>
      {!view.is_rehearsal && (
        <button class="btn btn--quiet" type="button" onClick={() => (isConcerned.value = true)}>
          <Icon name="triangle-alert" />
          Raise a concern
        </button>
      )}
      {canDelete && (
        <Menu name="More" icon="ellipsis">
          {view.is_held ? (
            <p class="menu__note">
              This client’s record is kept for a legal matter, so that nothing of it can be deleted now.
            </p>
          ) : (
            <button type="button" onClick={() => (isDeleting.value = true)}>
              <Icon name="trash-2" />
              Delete the transcript…
            </button>
          )}
        </Menu>
      )}
      {isConcerned.value && (
        <concern.Page sessionId={view.session_id} stays={false} onClose={() => (isConcerned.value = false)} />
      )}
      {isDeleting.value && <deletion.Page view={view} onDone={onReload} onClose={() => (isDeleting.value = false)} />}
    </div>
  );
}
