/** Everyone a therapist has seen or is to see. */
import { when } from "../booking_words";
import { ask } from "../http";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { LinkRow } from "../ui/LinkRow";
import { useFound } from "../ui/useFound";
import { dateTime } from "../ui/words";
import { Invitations } from "./users/Invitations";

function held(sessions: number): string {
  if (sessions === 0) return "No session yet";
  return sessions === 1 ? "1 session" : `${sessions} sessions`;
}

export function UsersPage() {
  const { found, trouble } = useFound(() => ask("GET /api/users"));
  const users = found.value?.users;
  return (
    <Frame title="Users" look="desk page--narrow">
      <div class="pagehead">
        <h1>Users</h1>
      </div>
      <div class="stack">
        {!users && <p role="status">{trouble.value || "Looking up whom you have seen…"}</p>}
        {users?.length === 0 && (
          <div class="card empty">
            <Icon name="users" />
            <h2>Nobody yet</h2>
            <p>After your first session, or the first booking with you, the person is listed here. Clients of your own you can invite.</p>
            <a class="btn btn--quiet" href="/availability">
              Open hours for bookings
            </a>
          </div>
        )}
        {users && users.length > 0 && (
          <ul class="rows card card--flush">
            {users.map((user) => (
              <LinkRow
                key={user.id}
                to={`/users/${user.id}`}
                name={user.name}
                about={held(user.sessions) + (user.last_at_ms === null ? "" : `, the last on ${dateTime(user.last_at_ms)}`)}
              >
                {user.next_at_ms !== null && <span class="badge badge--accent">Next: {when(user.next_at_ms)}</span>}
              </LinkRow>
            ))}
          </ul>
        )}
        <Invitations />
      </div>
    </Frame>
  );
}
