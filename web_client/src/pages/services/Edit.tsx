/** Change one service, or add one. Bookings that stand keep the rules they were made under. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";

import { methodWords } from "../../booking_words";
import { ask } from "../../http";
import type { Method, ServicesView } from "../../protocol.gen";
import { Icon } from "../../ui/Icon";
import { Problem } from "../../ui/Problem";
import { Sheet } from "../../ui/Sheet";
import { useCommand } from "../../ui/useCommand";
import { bodyOf, type Draft } from "./form";

const METHODS: Method[] = ["video", "phone", "in_person"];
const MINUTES = ["30", "45", "60", "90", "120"];

interface Props {
  draft: Draft;
  isNew: boolean;
  onSaved: (view: ServicesView) => void;
  onClose: () => void;
}

export function Edit({ draft: first, isNew, onSaved, onClose }: Props) {
  const draft = useSignal(first);
  const { isBusy, problem, run } = useCommand();
  const set = (next: Partial<Draft>) => (draft.value = { ...draft.value, ...next });
  const held = draft.value;
  const save = () =>
    run(async () => {
      const body = bodyOf(draft.value);
      if (typeof body === "string") {
        problem.value = body;
        return;
      }
      onSaved(await ask("PUT /api/services", { body }));
      onClose();
    });
  const text = (id: string, label: string, key: "name" | "price" | "moveHours" | "cancelHours" | "movesMax", hint = "") => (
    <div class="field">
      <label for={id}>{label}</label>
      <input class="input" id={id} value={held[key]} onInput={(event) => set({ [key]: event.currentTarget.value })} />
      {hint && <span class="hint">{hint}</span>}
    </div>
  );
  const check = (key: "isPaid" | "isByHand" | "isOffered" | "isLateReturned", label: string) => (
    <label class="check">
      <input type="checkbox" checked={held[key]} onChange={(event) => set({ [key]: event.currentTarget.checked })} />
      <span>{label}</span>
    </label>
  );
  const choose = (id: string, label: string, value: string, onChoose: (value: string) => void, options: ComponentChildren) => (
    <div class="field">
      <label for={id}>{label}</label>
      <span class="select">
        <select class="input" id={id} value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
          {options}
        </select>
        <Icon name="chevron-down" />
      </span>
    </div>
  );
  return (
    <Sheet
      title={isNew ? "Add a service" : "Change this service"}
      onClose={onClose}
      foot={
        <>
          <button class="btn btn--primary" type="button" aria-busy={isBusy.value} onClick={() => void save()}>
            Save
          </button>
          <button class="btn btn--text" type="button" onClick={onClose}>
            Not now
          </button>
        </>
      }
    >
      {text("service-name", "Name", "name")}
      <div class="avail__two">
        {choose(
          "service-kind",
          "Kind",
          held.kind,
          (kind) => set({ kind: kind === "coaching" ? "coaching" : "therapy" }),
          <>
            <option value="therapy">Therapy</option>
            <option value="coaching">Coaching</option>
          </>,
        )}
        {choose(
          "service-minutes",
          "Length",
          held.minutes,
          (minutes) => set({ minutes }),
          MINUTES.map((minutes) => (
            <option key={minutes} value={minutes}>
              {minutes} minutes
            </option>
          )),
        )}
      </div>
      {text("service-price", "Price in pounds", "price")}
      {check("isPaid", "Paid here, from the allowance or the wallet")}
      <fieldset>
        <legend class="label">How you meet</legend>
        <div class="chips">
          {METHODS.map((method) => (
            <label class="chip" key={method}>
              <input
                type="checkbox"
                checked={held.methods.includes(method)}
                onChange={() =>
                  set({ methods: METHODS.filter((one) => (one === method) !== held.methods.includes(one)) })
                }
              />
              <span>{methodWords(method)}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <div class="field">
        <label for="service-questions">Booking form, one question a line</label>
        <textarea
          class="input"
          id="service-questions"
          value={held.questions}
          onInput={(event) => set({ questions: event.currentTarget.value })}
        />
      </div>
      {check("isByHand", "Confirmed by hand")}
      <div class="avail__two">
        {text("service-move", "May be moved until, hours before", "moveHours")}
        {text("service-cancel", "Given back until, hours before", "cancelHours")}
      </div>
      {text("service-moves", "How often it may be moved", "movesMax", "Empty: as often as they like.")}
      {check("isLateReturned", "Given back when cancelled later, too")}
      {check("isOffered", "Offered now")}
      <Problem text={problem.value} />
    </Sheet>
  );
}
