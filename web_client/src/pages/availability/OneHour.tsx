/** One open hour: close it on that day alone, or take one of its rules away. Booked sessions stand either way. */
import { useSignal } from "@preact/signals";

import { longDay } from "../../days";
import type { HourView, RuleView } from "../../protocol.gen";
import { Sheet } from "../../ui/Sheet";
import { closeHour, removeRule } from "./shown";
import { ruleWords } from "./words";

export function OneHour({ hour, rules, onClose }: { hour: HourView; rules: RuleView[]; onClose: () => void }) {
  const isBusy = useSignal(false);
  const problem = useSignal("");
  const own = rules.filter((rule) => hour.rules.includes(rule.id));
  const run = async (act: () => Promise<void>) => {
    if (isBusy.peek()) return;
    isBusy.value = true;
    try {
      await act();
      onClose();
    } catch (refusal) {
      problem.value = (refusal as Error).message;
    }
    isBusy.value = false;
  };
  const when = `${longDay(hour.day)}, ${hour.at}`;
  return (
    <Sheet
      title={when}
      text="Sessions that are booked stay booked."
      onClose={onClose}
      foot={
        <button class="btn btn--text" type="button" onClick={onClose}>
          Leave it
        </button>
      }
    >
      <button class="btn btn--quiet btn--wide" type="button" onClick={() => void run(() => closeHour(hour.starts_at_ms, `Closed ${when}.`))}>
        Close this hour only
      </button>
      {own.map((rule) => (
        <div class="stack gap-2" key={rule.id}>
          <p class="sub">{ruleWords(rule)}</p>
          <button
            class="btn btn--danger-quiet btn--wide"
            type="button"
            aria-label={`Remove the rule: ${ruleWords(rule)}`}
            onClick={() => void run(() => removeRule(rule.id, `Removed: ${ruleWords(rule)}.`))}
          >
            Remove the rule
          </button>
        </div>
      ))}
      <p class="error" role="alert">
        {problem.value}
      </p>
    </Sheet>
  );
}
