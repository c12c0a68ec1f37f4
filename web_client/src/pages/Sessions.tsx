/** Every session a client has had, newest first. */
import { home, homeTrouble, useHome } from "../home";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { PastList } from "../ui/PastList";
import { zoneName } from "../ui/words";
import "../styles/client.css";

export function SessionsPage() {
  useHome();
  const view = home.value;
  return (
    <Frame title="Sessions" look="page--narrow purse lit">
      <div class="stack gap-5">
        <h1>Sessions</h1>
        {!view && <p role="status">{homeTrouble.value || "Looking up your sessions…"}</p>}
        {view?.upcoming_session_id && (
          <section class="card card--light stack gap-4" aria-labelledby="session-open">
            <h2 id="session-open">A session is still open</h2>
            <a class="btn btn--primary" href={`/call/${view.upcoming_session_id}`}>
              Join
            </a>
          </section>
        )}
        {view && view.completed.length > 0 && (
          <>
            <PastList sessions={view.completed} />
            <p class="fine">Times are in {zoneName}.</p>
          </>
        )}
        {view && view.completed.length === 0 && (
          <div class="card empty">
            <Icon name="calendar" />
            <h2>No sessions yet</h2>
            <p>After your first call it is listed here, with its receipt.</p>
            <a class="btn btn--quiet" href="/talk">
              Talk to someone now
            </a>
          </div>
        )}
      </div>
    </Frame>
  );
}
