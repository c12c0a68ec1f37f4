/** Everything before the click: with whom, when, for how much, and what can still be changed. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { changesWords, here, methodWords, paidWords, when } from "../../booking_words";
import { ask, Refusal } from "../../http";
import type { BookingMake, QuoteView, ServiceView, TherapistServices } from "../../protocol.gen";
import { Icon } from "../../ui/Icon";
import { money } from "../../ui/words";
import { Person } from "./Choose";
import { change, flow, go } from "./flow";
import { Foot } from "./Foot";

interface Props {
  found: TherapistServices;
  service: ServiceView;
  startsAtMs: number;
  /** Somebody else had it first: say so where times are chosen. */
  onTaken: (words: string) => void;
}

function useQuote({ found, service, startsAtMs }: Props, turn: number) {
  const quote = useSignal<QuoteView | null>(null);
  const trouble = useSignal("");
  const allowanceId = flow.value.allowanceId;
  useEffect(() => {
    const stop = new AbortController();
    ask("POST /api/bookings/quote", {
      body: {
        therapist_id: found.card.id,
        service_id: service.id,
        starts_at_ms: startsAtMs,
        ...(allowanceId ? { allowance_id: allowanceId } : {}),
      },
      signal: stop.signal,
    })
      .then((value) => (quote.value = value))
      .catch((refusal: Error) => !stop.signal.aborted && (trouble.value = refusal.message));
    return () => stop.abort();
  }, [found.card.id, service.id, startsAtMs, allowanceId, turn]);
  return { quote: quote.value, trouble: trouble.value };
}

function body({ found, service, startsAtMs }: Props, quote: QuoteView): BookingMake {
  const held = flow.value;
  const answers = Object.entries(held.answers)
    .filter(([, text]) => text.trim())
    .map(([question, text]) => ({ question, answer: text.trim() }));
  return {
    id: held.bookingId,
    therapist_id: found.card.id,
    service_id: service.id,
    starts_at_ms: startsAtMs,
    method: held.method,
    area: held.area || (found.card.areas[0] as BookingMake["area"]) || "mind",
    language: held.language,
    answers,
    price_pence: quote.price_pence,
    paid_with: quote.paid_with,
    ...(held.allowanceId ? { allowance_id: held.allowanceId } : {}),
  };
}

/** What the practitioner asks before they meet anybody. */
function Form({ service, name }: { service: ServiceView; name: string }) {
  if (service.questions.length === 0) return null;
  return (
    <section class="stack gap-4" aria-labelledby="form">
      <h2 id="form">{name} asks</h2>
      {service.questions.map((question, place) => (
        <div class="field" key={question}>
          <label class="label" for={`form-${place}`}>
            {question}
          </label>
          <textarea
            class="input"
            id={`form-${place}`}
            required
            maxLength={1_000}
            value={flow.value.answers[question] ?? ""}
            onInput={(event) => change({ answers: { ...flow.value.answers, [question]: event.currentTarget.value } })}
          />
        </div>
      ))}
    </section>
  );
}

export function Summary(props: Props) {
  const { found, service, startsAtMs, onTaken } = props;
  const turn = useSignal(0);
  const { quote, trouble } = useQuote(props, turn.value);
  const isBusy = useSignal(false);
  const problem = useSignal("");
  const isShort = quote?.paid_with === "wallet" && quote.available_pence < quote.price_pence;

  const book = async () => {
    if (isBusy.peek() || !quote || isShort) return;
    const open = service.questions.findIndex((question) => !flow.value.answers[question]?.trim());
    if (open >= 0) {
      problem.value = `Please answer what ${found.card.first_name} asks first.`;
      document.getElementById(`form-${open}`)?.focus();
      return;
    }
    isBusy.value = true;
    problem.value = "";
    try {
      await ask("POST /api/bookings", { body: body(props, quote) });
      go("done");
    } catch (refusal) {
      if (!(refusal instanceof Refusal)) throw refusal;
      if (["slot_taken", "slot_closed", "client_busy"].includes(refusal.code)) {
        change({ bookingId: crypto.randomUUID(), startsAtMs: null });
        onTaken(refusal.message.replace(/ Nothing was booked.*$/, ""));
        return;
      }
      problem.value = refusal.message;
      if (refusal.code === "terms_changed") turn.value += 1;
    }
    isBusy.value = false;
  };

  return (
    <>
      <div class="stack gap-5">
        <h1>Is this right?</h1>
        <div class="card stack gap-4">
          <Person card={found.card} />
          <hr class="rule" />
          <dl class="facts">
            <dt>When</dt>
            <dd>
              {when(startsAtMs)}, {here}
            </dd>
            <dt>How long</dt>
            <dd>
              {service.minutes} minutes, {methodWords(flow.value.method)}
            </dd>
            <dt>Paid with</dt>
            <dd>{quote ? paidWords(quote) : trouble || "…"}</dd>
            <dt>Changes</dt>
            <dd>{quote ? changesWords(quote, Date.now()) : "…"}</dd>
          </dl>
        </div>
        {quote?.is_confirmed_by_hand && (
          <p class="sub">
            {found.card.first_name} confirms it by hand. You hear as soon as they have; until then nothing is taken for good.
          </p>
        )}
        <Form service={service} name={found.card.first_name} />
        {isShort && quote && (
          <div class="banner banner--warn" role="status">
            <Icon name="circle-alert" />
            <div>
              <p>
                <strong>
                  {money(quote.price_pence)}; your wallet has {money(quote.available_pence)}.
                </strong>{" "}
                Add {money(quote.price_pence - quote.available_pence)} and come back; everything here is kept.
              </p>
            </div>
            <a class="btn btn--quiet btn--small" href="/wallet">
              Wallet
            </a>
          </div>
        )}
        <p class="error" role="alert">
          {problem.value}
        </p>
      </div>
      <Foot>
        <p class="fine">
          <strong class="strong">{when(startsAtMs)}</strong>
          <br />
          {found.card.first_name} {found.card.last_name}, {service.minutes} min
        </p>
        <button class="btn btn--primary" type="button" aria-disabled={!quote || isShort} aria-busy={isBusy.value} onClick={() => void book()}>
          Book now
        </button>
      </Foot>
    </>
  );
}
