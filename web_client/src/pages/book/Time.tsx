/** When, how long and by which way; and with which package, where there is one. */
import { methodWords, when } from "../../booking_words";
import type { ServiceView, TherapistServices } from "../../protocol.gen";
import { CalendarIcon } from "../../ui/CalendarIcon";
import { Icon } from "../../ui/Icon";
import { money } from "../../ui/words";
import { change, flow, go } from "./flow";
import { Foot } from "./Foot";
import { Times } from "./Times";

function nameOf(service: ServiceView): string {
  return service.is_own ? `${service.name}, ${service.minutes} minutes` : `${service.minutes} minutes`;
}

function HowLong({ services, chosen }: { services: ServiceView[]; chosen: ServiceView }) {
  return (
    <fieldset>
      <legend class="label">How long</legend>
      <div class="chips">
        {services.map((service) => (
          <label class="chip" key={service.id}>
            <input
              type="radio"
              name="service"
              checked={service.id === chosen.id}
              onChange={() => change({ serviceId: service.id, startsAtMs: null })}
            />
            <span>
              {nameOf(service)}
              {service.price_pence > 0 && <small class="num">{money(service.price_pence)}</small>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function How({ service }: { service: ServiceView }) {
  if (service.methods.length < 2) return null;
  return (
    <fieldset>
      <legend class="label">How you meet</legend>
      <div class="chips">
        {service.methods.map((method) => (
          <label class="chip" key={method}>
            <input type="radio" name="method" checked={flow.value.method === method} onChange={() => change({ method })} />
            <span>{methodWords(method)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function Package({ found }: { found: TherapistServices }) {
  if (found.packages.length === 0) return null;
  const chosen = flow.value.allowanceId;
  return (
    <fieldset>
      <legend class="label">Take it from</legend>
      <div class="stack gap-2">
        {[...found.packages.map((one) => ({ id: one.id, name: one.name, left: `${one.left} of ${one.sessions} left` })), { id: "", name: "No package", left: "" }].map(
          (one) => (
            <label class="choice choice--dot" key={one.id}>
              <input type="radio" name="package" checked={chosen === one.id} onChange={() => change({ allowanceId: one.id })} />
              <span>
                <strong class="strong">{one.name}</strong>
                {one.left && <small>{one.left}</small>}
              </span>
            </label>
          ),
        )}
      </div>
    </fieldset>
  );
}

/** The services of the kind that is booked; with a package, of the package's kind. */
export function offered(found: TherapistServices): ServiceView[] {
  const own = found.packages.find((one) => one.id === flow.value.allowanceId);
  return found.services.filter((service) => service.kind === (own?.kind ?? flow.value.kind));
}

export function serviceOf(found: TherapistServices): ServiceView | undefined {
  const services = offered(found);
  return services.find((one) => one.id === flow.value.serviceId) ?? services.find((one) => one.minutes === 60) ?? services[0];
}

interface Props {
  found: TherapistServices;
  /** A time that somebody else had first. */
  taken: string;
  turn: number;
}

export function Time({ found, taken, turn }: Props) {
  const service = serviceOf(found);
  const { startsAtMs } = flow.value;
  const name = found.card.first_name;
  if (!service) {
    return (
      <div class="card empty">
        <CalendarIcon name="calendar-x" />
        <h1>{name} offers nothing of that kind now</h1>
        <button class="btn btn--quiet" type="button" onClick={() => go("need")}>
          Look for somebody else
        </button>
      </div>
    );
  }
  const method = service.methods.includes(flow.value.method) ? flow.value.method : (service.methods[0] ?? "video");
  const next = () => startsAtMs !== null && go("summary", { serviceId: service.id, method });
  return (
    <>
      <div class="stack gap-5">
        <h1>When suits you?</h1>
        {taken && (
          <div class="banner banner--warn" role="status">
            <Icon name="circle-alert" />
            <div>
              <p>
                <strong>{taken}</strong> Nothing was booked or paid. The times below are fresh.
              </p>
            </div>
          </div>
        )}
        <Times
          therapistId={found.card.id}
          serviceId={service.id}
          name={name}
          turn={turn}
          chosen={startsAtMs}
          onChoose={(chosen) => change({ startsAtMs: chosen })}
        />
        <HowLong services={offered(found)} chosen={service} />
        <How service={service} />
        <Package found={found} />
      </div>
      <Foot>
        <p class="fine" aria-live="polite">
          <strong class="strong">{startsAtMs === null ? "Choose a time" : when(startsAtMs)}</strong>
          <br />
          {name} {found.card.last_name}, {service.minutes} min
        </p>
        <button class="btn btn--primary" type="button" aria-disabled={startsAtMs === null} onClick={next}>
          Next
        </button>
      </Foot>
    </>
  );
}
