/** Add open hours: a day, an hour, how it repeats and until when; what that comes to is said before the click. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { addDays, longDay } from "../../days";
import { ask } from "../../http";
import type { RuleAdd, RulePreview } from "../../protocol.gen";
import { Icon } from "../../ui/Icon";
import { Sheet } from "../../ui/Sheet";
import { addRule, goTo } from "./shown";
import { previewWords } from "./words";

const REPEATS: [RuleAdd["repeat"], string][] = [
  ["once", "Once"],
  ["daily", "Daily"],
  ["weekly", "Weekly"],
  ["monthly", "Monthly"],
];
const TIMES = Array.from({ length: 48 }, (_, half) => `${String(half >> 1).padStart(2, "0")}:${half % 2 ? "30" : "00"}`);
const USUAL_WEEKS = 13;

interface Props {
  day: string;
  at: string;
  zone: string;
  onClose: () => void;
}

function usePreview(rule: RuleAdd) {
  const preview = useSignal<RulePreview | null>(null);
  const problem = useSignal("");
  const asked = JSON.stringify(rule);
  useEffect(() => {
    const stop = new AbortController();
    ask("POST /api/availability/preview", { body: rule, signal: stop.signal })
      .then((found) => {
        preview.value = found;
        problem.value = "";
      })
      .catch((refusal: Error) => {
        if (stop.signal.aborted) return;
        preview.value = null;
        problem.value = refusal.message;
      });
    return () => stop.abort();
  }, [asked]);
  return { preview, problem };
}

export function AddSlots({ day: firstDay, at: firstAt, zone, onClose }: Props) {
  const id = useSignal(crypto.randomUUID());
  const day = useSignal(firstDay);
  const at = useSignal(firstAt);
  const repeat = useSignal<RuleAdd["repeat"]>("weekly");
  const until = useSignal(addDays(firstDay, USUAL_WEEKS * 7));
  const isBusy = useSignal(false);
  const rule: RuleAdd = {
    id: id.value,
    day: day.value,
    at: at.value,
    repeat: repeat.value,
    ...(repeat.value === "once" || !until.value ? {} : { until: until.value }),
  };
  const { preview, problem } = usePreview(rule);
  const found = preview.value;
  const fresh = found ? found.adds - found.already : 0;

  const add = async () => {
    if (isBusy.peek() || !found) return;
    isBusy.value = true;
    try {
      goTo(day.value);
      await addRule(rule, `Added ${longDay(day.value)}, ${at.value}.`);
      onClose();
    } catch (refusal) {
      problem.value = (refusal as Error).message;
    }
    isBusy.value = false;
  };

  return (
    <Sheet
      title="Add slots"
      text={`One-hour slots, ${zone}.`}
      onClose={onClose}
      foot={
        <>
          <button class="btn btn--primary" type="button" aria-disabled={!found} aria-busy={isBusy.value} onClick={() => void add()}>
            {found ? `Add ${fresh === 1 ? "1 slot" : `${fresh} slots`}` : "Add"}
          </button>
          <button class="btn btn--text" type="button" onClick={onClose}>
            Not now
          </button>
        </>
      }
    >
      <div class="avail__two">
        <div class="field">
          <label for="slot-day">Day</label>
          <input
            class="input"
            id="slot-day"
            type="date"
            value={day.value}
            onInput={(event) => event.currentTarget.value && (day.value = event.currentTarget.value)}
          />
        </div>
        <div class="field">
          <label for="slot-at">From</label>
          <span class="select">
            <select class="input" id="slot-at" value={at.value} onChange={(event) => (at.value = event.currentTarget.value)}>
              {TIMES.map((time) => (
                <option key={time}>{time}</option>
              ))}
            </select>
            <Icon name="chevron-down" />
          </span>
        </div>
      </div>
      <fieldset>
        <legend class="label">Repeat</legend>
        <div class="chips">
          {REPEATS.map(([value, name]) => (
            <label class="chip" key={value}>
              <input type="radio" name="repeat" checked={repeat.value === value} onChange={() => (repeat.value = value)} />
              <span>{name}</span>
            </label>
          ))}
        </div>
      </fieldset>
      {repeat.value !== "once" && (
        <div class="field">
          <label for="slot-until">Until</label>
          <input
            class="input"
            id="slot-until"
            type="date"
            min={day.value}
            value={until.value}
            onInput={(event) => (until.value = event.currentTarget.value)}
          />
          <span class="hint">Leave it empty for no end.</span>
        </div>
      )}
      <p class={problem.value ? "error" : "fine"} role="status">
        {problem.value || (found ? previewWords(found) : "Counting…")}
      </p>
    </Sheet>
  );
}
