/** The way to a booking: need, therapist, time, summary. It never goes backwards by surprise. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { here, leftWords, when } from "../booking_words";
import { ask } from "../http";
import type { BookingForm, Kind, ServiceView, TherapistServices } from "../protocol.gen";
import { CalendarIcon } from "../ui/CalendarIcon";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { begin, flow, forget, go, type Step } from "./book/flow";
import { Choose, Person } from "./book/Choose";
import { Need } from "./book/Need";
import { Summary } from "./book/Summary";
import { serviceOf, Time } from "./book/Time";
import "../styles/client.css";
import "./Book.css";

const STEPS: [Step, string][] = [
  ["need", "Need"],
  ["therapist", "Therapist"],
  ["time", "Time"],
  ["summary", "Summary"],
];
const BEFORE: Partial<Record<Step, Step>> = { therapist: "need", time: "therapist", summary: "time" };

function useForm() {
  const form = useSignal<BookingForm | null>(null);
  useEffect(() => {
    ask("GET /api/booking-form")
      .then((found) => (form.value = found))
      .catch(() => undefined); // The areas are known without it, and the next step says what is wrong.
  }, []);
  return form.value;
}

function useServices(therapistId: string) {
  const found = useSignal<TherapistServices | null>(null);
  const trouble = useSignal("");
  useEffect(() => {
    found.value = null;
    if (!therapistId) return;
    const stop = new AbortController();
    ask("GET /api/therapists/{id}/services", { params: { id: therapistId }, signal: stop.signal })
      .then((value) => (found.value = value))
      .catch((refusal: Error) => !stop.signal.aborted && (trouble.value = refusal.message));
    return () => stop.abort();
  }, [therapistId]);
  return { found: found.value, trouble: trouble.value };
}

function Steps({ step }: { step: Step }) {
  return (
    <ol class="steps" aria-label="Steps">
      {STEPS.map(([one, name]) => (
        <li key={one} aria-current={one === step ? "step" : undefined}>
          {name}
        </li>
      ))}
    </ol>
  );
}

function Back({ step, isDirect }: { step: Step; isDirect: boolean }) {
  const before = BEFORE[step];
  if (!before || (isDirect && step === "time")) {
    return (
      <a class="back" href="/">
        <Icon name="arrow-left" small />
        Home
      </a>
    );
  }
  return (
    <button class="btn btn--text btn--small book__back" type="button" onClick={() => go(before)}>
      <Icon name="arrow-left" small />
      Back
    </button>
  );
}

function Done({ found, service, startsAtMs }: { found: TherapistServices; service: ServiceView; startsAtMs: number }) {
  const bookingId = flow.value.bookingId;
  useEffect(() => () => forget(), []);
  const isAsked = service.is_confirmed_by_hand;
  return (
    <div class="stack gap-5">
      <div class="tick">
        <Icon name="check" />
      </div>
      <div role="status">
        <h1>{isAsked ? `${found.card.first_name} has been asked` : `You are booked with ${found.card.first_name}`}</h1>
        <p class="lead">
          {when(startsAtMs)}, {service.minutes} minutes, {here}. An e-mail is on its way.
          {isAsked && " You hear as soon as it is confirmed."}
        </p>
      </div>
      <div class="stack gap-3 book__go">
        <a class="btn btn--primary" href={`/messages/with/${found.card.id}`}>
          Message your therapist
        </a>
        {!isAsked && (
          <a class="btn btn--quiet" href={`/api/bookings/${bookingId}/session.ics`} download>
            <CalendarIcon name="calendar-plus" />
            Add to calendar
          </a>
        )}
        <a class="btn btn--text" href="/">
          Home
        </a>
      </div>
    </div>
  );
}

function Side({ found, form }: { found: TherapistServices; form: BookingForm | null }) {
  const left = form?.balance.filter((one) => one.therapist_id === null && one.kind === flow.value.kind) ?? [];
  return (
    <aside class="book__side card" aria-label="Chosen therapist">
      <Person card={found.card} />
      <hr class="rule book__rule" />
      <p class="sub">{found.card.bio}</p>
      {left.map((one) => (
        <p class="fine" key={one.id}>
          {leftWords(one)}.
        </p>
      ))}
    </aside>
  );
}

interface Props {
  kind: Kind;
  isChange?: boolean;
  therapistId?: string;
}

export function BookPage({ kind, isChange = false, therapistId = "" }: Props) {
  useEffect(() => begin({ kind, isChange, therapistId }), [kind, isChange, therapistId]);
  const { step, startsAtMs } = flow.value;
  const form = useForm();
  const { found, trouble } = useServices(flow.value.therapistId);
  const taken = useSignal("");
  const turn = useSignal(0);
  const main = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const heading = main.current?.querySelector("h1");
    if (!heading || step === "need") return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  }, [step, found !== null]);
  const service = found ? serviceOf(found) : undefined;
  const onTaken = (words: string) => {
    taken.value = words;
    turn.value += 1;
    go("time");
  };
  const needsTherapist = step !== "need" && step !== "therapist";
  return (
    <Frame title={kind === "coaching" ? "Book coaching" : "Book therapy"} look="book">
      <div class="stack gap-5 book__main" ref={main}>
        {step !== "done" && <Back step={step} isDirect={therapistId !== ""} />}
        {step !== "done" && <Steps step={step} />}
        {step === "need" && <Need form={form} />}
        {step === "therapist" && <Choose />}
        {needsTherapist && !found && <p role="status">{trouble || "One moment…"}</p>}
        {step === "time" && found && <Time found={found} taken={taken.value} turn={turn.value} />}
        {step === "summary" && found && service && startsAtMs !== null && (
          <Summary found={found} service={service} startsAtMs={startsAtMs} onTaken={onTaken} />
        )}
        {step === "done" && found && service && startsAtMs !== null && (
          <Done found={found} service={service} startsAtMs={startsAtMs} />
        )}
      </div>
      {found && step === "time" && <Side found={found} form={form} />}
    </Frame>
  );
}
