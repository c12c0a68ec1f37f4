/** What clients said of their sessions, for their therapist in words, for the operator as averages; and the survey. */
import { ask } from "../http";
import type { FeedbackAverages, FeedbackList, ReceivedFeedback } from "../protocol.gen";
import { me } from "../state";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { useFound } from "../ui/useFound";
import { dateTime, zoneName } from "../ui/words";
import { feeling } from "./after/feeling";
import { Survey, SurveyRead } from "./Survey";

const MONTH = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });
const SCALE = "1 is worse, 3 a little better, 5 much better";

function Said({ one }: { one: ReceivedFeedback }) {
  return (
    <li class="row feedback__said">
      <span class="row__main">
        <strong class="strong">{feeling(one.rating)}</strong>
        {one.words && <span>“{one.words}”</span>}
        <span class="fine">
          {one.session_id ? (
            <a href={`/sessions/${one.session_id}`}>
              {one.first_name || "A client"}, {dateTime(one.at_ms)}
            </a>
          ) : (
            `Without a name, ${MONTH.format(one.at_ms)}`
          )}
        </span>
      </span>
    </li>
  );
}

function Received({ found }: { found: FeedbackList }) {
  if (found.average === null) {
    return (
      <div class="card empty">
        <Icon name="message-circle" />
        <h2>Nothing yet</h2>
        <p>After a call each client may say how they leave it, and what they say stands here.</p>
      </div>
    );
  }
  return (
    <>
      <p class="sub">
        <span class="num">{found.average.toFixed(1)}</span> on average of <span class="num">{found.count}</span> ({SCALE}). Days are
        in {zoneName}.
      </p>
      <section class="card card--flush" aria-label="What clients said">
        <ul class="rows">
          {found.newest.map((one, index) => (
            <Said key={one.session_id || index} one={one} />
          ))}
        </ul>
      </section>
    </>
  );
}

function Averages({ found }: { found: FeedbackAverages }) {
  if (found.therapists.length === 0) {
    return (
      <div class="card empty">
        <Icon name="message-circle" />
        <h2>Nothing yet</h2>
        <p>No client has rated a session. Averages stand here; the words are the therapists’ own to read.</p>
      </div>
    );
  }
  return (
    <>
      <p class="sub">{SCALE}. The words are the therapists’ own to read.</p>
      <section class="card card--flush" aria-label="Averages">
        <ul class="rows">
          {found.therapists.map((one) => (
            <li class="row" key={one.name}>
              <strong class="row__main strong">{one.name}</strong>
              <span>
                <span class="num">{one.average.toFixed(1)}</span> of <span class="num">{one.count}</span>{" "}
                {one.count === 1 ? "rating" : "ratings"}
              </span>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

export function FeedbackPage() {
  const isOperator = me.value?.role === "admin";
  const { found, trouble } = useFound<FeedbackList | FeedbackAverages>(() =>
    isOperator ? ask("GET /api/feedback/averages") : ask("GET /api/feedback"),
  );
  const view = found.value;
  return (
    <Frame title="Feedback" look="desk page--narrow">
      <div class="pagehead">
        <h1>Feedback</h1>
      </div>
      <div class="stack">
        {!view && <p role="status">{trouble.value || "One moment…"}</p>}
        {view && ("therapists" in view ? <Averages found={view} /> : <Received found={view} />)}
        {isOperator ? <SurveyRead /> : <Survey />}
      </div>
    </Frame>
  );
}
