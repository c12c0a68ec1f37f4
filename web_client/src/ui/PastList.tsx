/** Sessions that were, each a link to its receipt. */
import type { PastSession } from "../protocol.gen";
import { Icon } from "./Icon";
import { dateTime, duration, money } from "./words";

export function PastList({ sessions }: { sessions: PastSession[] }) {
  return (
    <ul class="rows card card--flush">
      {sessions.map((session) => (
        <li key={session.session_id}>
          <a class="row" href={`/after/${session.session_id}`}>
            <span class="row__main">
              <strong class="strong">{session.with_name}</strong>
              <span class="sub">{dateTime(session.at_ms, true)}</span>
              <span class="fine">
                {duration(session.length_s)}, {session.charged_pence > 0 ? money(session.charged_pence) : "not charged"}
              </span>
            </span>
            <Icon name="chevron-right" />
          </a>
        </li>
      ))}
    </ul>
  );
}
