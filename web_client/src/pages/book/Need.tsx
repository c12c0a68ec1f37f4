/** What it is about: the area, that area's questions, and whom one would like to talk to. Only the area is needed. */
import { useSignal } from "@preact/signals";

import type { AreaQuestions, BookingForm, Gender, QuestionView } from "../../protocol.gen";
import { Icon } from "../../ui/Icon";
import { language } from "../../ui/words";
import { AREAS_ALONE, AreaField } from "../AreaField";
import { change, flow, go } from "./flow";
import { Foot } from "./Foot";

const GENDERS: [Gender, string][] = [
  ["none", "No preference"],
  ["female", "A woman"],
  ["male", "A man"],
];

function answer(question: string, text: string): void {
  change({ answers: { ...flow.value.answers, [question]: text } });
}

function Question({ question, place }: { question: QuestionView; place: number }) {
  const given = flow.value.answers[question.text] ?? "";
  if (question.options.length === 0) {
    return (
      <div class="field">
        <label class="label" for={`question-${place}`}>
          {question.text}
        </label>
        <textarea
          class="input"
          id={`question-${place}`}
          maxLength={1_000}
          value={given}
          onInput={(event) => answer(question.text, event.currentTarget.value)}
        />
      </div>
    );
  }
  return (
    <fieldset>
      <legend class="label">{question.text}</legend>
      <div class="chips">
        {question.options.map((option) => (
          <label class="chip" key={option}>
            <input
              type="radio"
              name={`question-${place}`}
              checked={given === option}
              onChange={() => answer(question.text, option)}
            />
            <span>{option}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Whom({ languages }: { languages: string[] }) {
  return (
    <>
      <fieldset>
        <legend class="label">Therapist gender</legend>
        <div class="chips">
          {GENDERS.map(([value, name]) => (
            <label class="chip" key={value}>
              <input type="radio" name="gender" checked={flow.value.gender === value} onChange={() => change({ gender: value })} />
              <span>{name}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <div class="field book__short">
        <label class="label" for="book-language">
          Language
        </label>
        <span class="select">
          <select
            class="input"
            id="book-language"
            value={flow.value.language}
            onChange={(event) => change({ language: event.currentTarget.value })}
          >
            {languages.map((code) => (
              <option key={code} value={code}>
                {language(code)}
              </option>
            ))}
          </select>
          <Icon name="chevron-down" />
        </span>
      </div>
    </>
  );
}

function choicesOf(form: BookingForm | null) {
  if (!form) return AREAS_ALONE;
  return form.areas.map(({ area, name, questions }) => ({ area, name, issues: questions[0]?.options ?? [] }));
}

export function Need({ form }: { form: BookingForm | null }) {
  const problem = useSignal("");
  const { area } = flow.value;
  const asked: AreaQuestions | undefined = form?.areas.find((one) => one.area === area);
  const next = () => {
    if (area) return go("therapist");
    problem.value = "Choose an area first; the rest is optional.";
    document.querySelector<HTMLInputElement>("input[name=area]")?.focus();
  };
  return (
    <>
      <div class="stack gap-6">
        <div class="stack gap-2">
          <h1>What would help?</h1>
          <p class="sub">Only the first question is needed. Your therapist sees your answers.</p>
        </div>
        <AreaField choices={choicesOf(form)} chosen={area} onChoose={(chosen) => change({ area: chosen, answers: {} })} />
        {asked?.questions.map((question, place) => (
          <Question key={`${area} ${question.text}`} question={question} place={place} />
        ))}
        <Whom languages={form?.languages ?? ["en"]} />
        <p class="error" role="alert">
          {problem.value}
        </p>
      </div>
      <Foot>
        <p class="fine">Next: who could be right for you</p>
        <button class="btn btn--primary" type="button" onClick={next}>
          Next
        </button>
      </Foot>
    </>
  );
}
