/** Schedule a session with somebody: one's own free times, or any other time that was agreed on. */
import { useSignal } from "@preact/signals";

import { here, methodWords, when } from "../../booking_words";
import { ask } from "../../http";
import type { Method, ServiceView } from "../../protocol.gen";
import { me } from "../../state";
import { Icon } from "../../ui/Icon";
import { Problem } from "../../ui/Problem";
import { useCommand } from "../../ui/useCommand";
import { money } from "../../ui/words";
import { OtherTime } from "../book/OtherTime";
import { Times } from "../book/Times";
import "../Book.css";

interface Props {
  clientId: string;
  name: string;
  services: ServiceView[];
  onDone: () => void;
}

function serviceWords(service: ServiceView): string {
  const price = service.price_pence > 0 ? `, ${money(service.price_pence)}` : "";
  return `${service.name}, ${service.minutes} min${price}`;
}

export function Schedule({ clientId, name, services, onDone }: Props) {
  const id = useSignal(crypto.randomUUID());
  const serviceId = useSignal(services.find((one) => one.minutes === 60)?.id ?? services[0]?.id ?? "");
  const chosen = useSignal<number | null>(null);
  const turn = useSignal(0);
  const said = useSignal("");
  const { isBusy, problem, run } = useCommand();
  const service = services.find((one) => one.id === serviceId.value);
  const method = useSignal<Method>("video");
  if (!service || !me.value) return <p class="sub">You offer nothing to book yet.</p>;
  const how = service.methods.includes(method.value) ? method.value : (service.methods[0] ?? "video");
  const schedule = () =>
    run(async () => {
      if (chosen.value === null) return;
      try {
        const made = await ask("POST /api/users/{id}/bookings", {
          params: { id: clientId },
          body: { id: id.value, service_id: service.id, starts_at_ms: chosen.value, method: how },
        });
        said.value = `Booked: ${when(made.starts_at_ms)}. ${name} gets a message.`;
        onDone();
      } finally {
        id.value = crypto.randomUUID();
        chosen.value = null;
        turn.value += 1;
      }
    });
  return (
    <div class="stack gap-4">
      <div class="avail__two">
        <div class="field">
          <label for="schedule-service">Session</label>
          <span class="select">
            <select class="input" id="schedule-service" value={service.id} onChange={(event) => { serviceId.value = event.currentTarget.value; chosen.value = null; }}>
              {services.map((one) => (
                <option key={one.id} value={one.id}>
                  {serviceWords(one)}
                </option>
              ))}
            </select>
            <Icon name="chevron-down" />
          </span>
        </div>
        {service.methods.length > 1 && (
          <div class="field">
            <label for="schedule-method">How you meet</label>
            <span class="select">
              <select class="input" id="schedule-method" value={how} onChange={(event) => (method.value = event.currentTarget.value as Method)}>
                {service.methods.map((one) => (
                  <option key={one} value={one}>
                    {methodWords(one)}
                  </option>
                ))}
              </select>
              <Icon name="chevron-down" />
            </span>
          </div>
        )}
      </div>
      <Times
        therapistId={me.value.id}
        serviceId={service.id}
        name="You"
        turn={turn.value}
        chosen={chosen.value}
        onChoose={(startsAtMs) => (chosen.value = startsAtMs)}
      />
      <OtherTime onChoose={(startsAtMs) => (chosen.value = startsAtMs)} />
      <p class="fine">
        Taken from {name}’s allowance first, then from their wallet. They were not asked, so they may cancel until it
        begins and lose nothing.
      </p>
      <div class="cluster">
        <button class="btn btn--primary" type="button" aria-disabled={chosen.value === null} aria-busy={isBusy.value} onClick={() => void schedule()}>
          {chosen.value === null ? "Schedule a session" : `Schedule for ${when(chosen.value)}`}
        </button>
        <span class="fine">{here}</span>
      </div>
      <p role="status">{said.value}</p>
      <Problem text={problem.value} />
    </div>
  );
}
