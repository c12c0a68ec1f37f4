/** Whose sessions, of what time, with what transcript, and which still need notes. */
import type { CallLogView } from "../../protocol.gen";
import { Icon } from "../../ui/Icon";
import { narrowed, PERIODS, TRANSCRIPTS, type Period, type Wanted } from "./choice";
import { choice, choose } from "./useLog";

interface PickProps {
  name: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onPick: (value: string) => void;
}

function Pick({ name, value, options, onPick }: PickProps) {
  return (
    <span class="select">
      <select class="input" aria-label={name} value={value} onChange={(event) => onPick(event.currentTarget.value)}>
        {options.map(([key, text]) => (
          <option key={key} value={key}>
            {text}
          </option>
        ))}
      </select>
      <Icon name="chevron-down" />
    </span>
  );
}

function Day({ name, value, onPick }: { name: string; value: string; onPick: (value: string) => void }) {
  return (
    <label class="log__day">
      <span>{name}</span>
      <input class="input" type="date" value={value} onChange={(event) => onPick(event.currentTarget.value)} />
    </label>
  );
}

export function Filters({ view }: { view: CallLogView }) {
  const { clientId, period, firstDay, lastDay, transcript, isUnwritten } = choice.value;
  const number = narrowed(choice.value);
  return (
    <div class="log__filters" role="group" aria-label="Which sessions">
      <div class="chips">
        {[false, true].map((value) => (
          <label class="chip" key={String(value)}>
            <input
              type="radio"
              name="which"
              checked={isUnwritten === value}
              onChange={() => choose({ isUnwritten: value })}
            />
            <span>{value ? `Without notes, ${view.unwritten}` : `All, ${view.all}`}</span>
          </label>
        ))}
      </div>
      <div class="log__picks">
        <Pick
          name="Client"
          value={clientId}
          options={[["", "Everyone"], ...view.clients.map((one) => [one.id, one.name] as const)]}
          onPick={(value) => choose({ clientId: value })}
        />
        <Pick
          name="Period"
          value={period}
          options={Object.entries(PERIODS)}
          onPick={(value) => choose({ period: value as Period })}
        />
        <Pick
          name="Transcript"
          value={transcript}
          options={Object.entries(TRANSCRIPTS)}
          onPick={(value) => choose({ transcript: value as Wanted })}
        />
        {number > 0 && (
          <button
            class="btn btn--text btn--small"
            type="button"
            onClick={() => choose({ clientId: "", period: "any", transcript: "any" })}
          >
            Show all
          </button>
        )}
      </div>
      {period === "between" && (
        <div class="log__picks">
          <Day name="From" value={firstDay} onPick={(day) => choose({ firstDay: day })} />
          <Day name="To" value={lastDay} onPick={(day) => choose({ lastDay: day })} />
        </div>
      )}
    </div>
  );
}
