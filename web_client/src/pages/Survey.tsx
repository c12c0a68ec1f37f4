/** How it is for a therapist to work here: said by them, read by operators. What is typed stays after a failed try. */
import { useSignal } from "@preact/signals";

import { ask } from "../http";
import type { SurveyAnswers, SurveyGiven } from "../protocol.gen";
import { TextArea } from "../ui/Field";
import { Problem } from "../ui/Problem";
import { useCommand } from "../ui/useCommand";
import { useFound } from "../ui/useFound";
import { useKept } from "../ui/useKept";
import { dateTime } from "../ui/words";

const RATINGS = ["Poor", "Not good", "All right", "Good", "Very good"];
const MONTH = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });

function Form({ given, onGiven }: { given: SurveyGiven | null; onGiven: (given: SurveyGiven | null) => void }) {
  const rating = useSignal(given?.rating ?? 0);
  const words = useKept("survey", given?.words ?? "");
  const isNamed = useSignal(given?.is_named ?? true);
  const { isBusy, problem, said, run } = useCommand();
  const send = (event: Event) => {
    event.preventDefault();
    if (rating.value === 0) {
      problem.value = "Please choose how it is for you to work here.";
      return;
    }
    const body = { rating: rating.value, words: words.value, is_named: isNamed.value };
    void run(async () => onGiven((await ask("PUT /api/survey", { body })).given), "Sent. You may change it at any time.");
  };
  return (
    <form class="stack gap-5" onSubmit={send}>
      <fieldset>
        <legend class="label">How is it for you to work here?</legend>
        <div class="chips">
          {RATINGS.map((word, index) => (
            <label class="chip" key={word}>
              <input type="radio" name="survey" checked={rating.value === index + 1} onChange={() => (rating.value = index + 1)} />
              <span>{word}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <TextArea label="What should we change?" value={words} maxLength={2_000} rows={3} isOptional />
      <label class="check">
        <input type="checkbox" checked={!isNamed.value} onChange={(event) => (isNamed.value = !event.currentTarget.checked)} />
        <span>
          Without my name
          <small class="fine">Operators read the month; they may still guess.</small>
        </span>
      </label>
      <div class="cluster">
        <button class="btn btn--quiet" type="submit" aria-busy={isBusy.value}>
          {given ? "Send again" : "Send"}
        </button>
      </div>
      <Problem text={problem.value} />
      <p class="fine" role="status">
        {said.value}
      </p>
    </form>
  );
}

export function Survey() {
  const { found, trouble } = useFound(() => ask("GET /api/survey"));
  return (
    <section class="card stack" aria-labelledby="survey">
      <h2 id="survey">Working here</h2>
      {!found.value && <p role="status">{trouble.value || "One moment…"}</p>}
      {found.value && <Form given={found.value.given} onGiven={(given) => (found.value = { given })} />}
    </section>
  );
}

function Answers({ view }: { view: SurveyAnswers }) {
  if (view.average === null) return <p class="card sub">No therapist has said yet how it is to work here.</p>;
  return (
    <>
      <p class="sub">
        <span class="num">{view.average.toFixed(1)}</span> on average of <span class="num">{view.count}</span> (1 is poor, 5 very good).
      </p>
      <section class="card card--flush" aria-label="What therapists say">
        <ul class="rows">
          {view.newest.map((one, index) => (
            <li class="row" key={index}>
              <span class="row__main">
                <strong class="strong">{RATINGS[one.rating - 1]}</strong>
                {one.words && <span>“{one.words}”</span>}
                <span class="fine">{one.name ? `${one.name}, ${dateTime(one.at_ms)}` : `Without a name, ${MONTH.format(one.at_ms)}`}</span>
              </span>
            </li>
          ))}
        </ul>
      </section>
    </>
  );
}

export function SurveyRead() {
  const { found, trouble } = useFound(() => ask("GET /api/survey/answers"));
  return (
    <>
      <h2>What therapists say of working here</h2>
      {!found.value && <p role="status">{trouble.value || "One moment…"}</p>}
      {found.value && <Answers view={found.value} />}
    </>
  );
}
