/** What can be done with the whole session: take it along, print it, delete its transcript. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";

import type { SessionView } from "../../protocol.gen";
import { Icon, type IconName } from "../../ui/Icon";
import { useMenu } from "../../ui/usePutAway";
import { Delete } from "./Delete";

const DELETABLE = ["finishing", "ready", "empty", "failed"];

function Menu({ name, icon, children }: { name: string; icon: IconName; children: ComponentChildren }) {
  const details = useRef<HTMLDetailsElement>(null);
  useMenu(details);
  const closeAfter = (event: MouseEvent) => {
    if ((event.target as Element).closest("a, button") && details.current) details.current.open = false;
  };
  return (
    <details class="menu" ref={details}>
      <summary class="btn btn--quiet" role="button">
        <Icon name={icon} />
        {name}
      </summary>
      <div class="menu__list" onClick={closeAfter}>
        {children}
      </div>
    </details>
  );
}

export function SessionMenu({ view, onReload }: { view: SessionView; onReload: () => Promise<void> }) {
  const isDeleting = useSignal(false);
  const withNotes = useSignal(false);
  const canDelete = DELETABLE.includes(view.transcript) && view.ended_reason !== "";
  const file = (ending: string): string =>
    `/api/sessions/${view.session_id}/export.${ending}${withNotes.value && ending !== "vtt" ? "?notes=1" : ""}`;
  return (
    <div class="cluster sess__do">
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
      {isDeleting.value && <Delete view={view} onDone={onReload} onClose={() => (isDeleting.value = false)} />}
    </div>
  );
}
