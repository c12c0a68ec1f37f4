/** What may be booked: an operator's catalogue for everybody, or a therapist's own services. */
import { useSignal } from "@preact/signals";

import { methodWords } from "../booking_words";
import { ask } from "../http";
import type { ServiceForm } from "../protocol.gen";
import { me } from "../state";
import { CalendarIcon } from "../ui/CalendarIcon";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { useFound } from "../ui/useFound";
import { money } from "../ui/words";
import { Edit } from "./services/Edit";
import { draftOf, fresh, type Draft } from "./services/form";
import "./Availability.css";

function rules(service: ServiceForm): string {
  const parts = [
    `${service.minutes} min`,
    service.is_paid ? money(service.price_pence) : "not paid here",
    service.methods.map(methodWords).join(", "),
    service.is_confirmed_by_hand ? "confirmed by hand" : "confirmed at once",
    `free to cancel until ${service.cancel_minutes / 60} hours before`,
  ];
  return parts.join(", ");
}

export function ServicesPage() {
  const { found, trouble } = useFound(() => ask("GET /api/services"));
  const editing = useSignal<{ draft: Draft; isNew: boolean } | null>(null);
  const services = found.value?.services;
  const isOperator = me.value?.role === "admin";
  return (
    <Frame title="Services" look="desk page--narrow">
      <div class="pagehead">
        <div>
          <h1>{isOperator ? "Services" : "My services"}</h1>
          <p class="sub">
            {isOperator
              ? "Every therapist offers these. Bookings that stand keep the rules they were made under."
              : "Yours beside those of the practice, for clients who book with you."}
          </p>
        </div>
        <button class="btn btn--primary" type="button" onClick={() => (editing.value = { draft: fresh(), isNew: true })}>
          <CalendarIcon name="plus" />
          Add a service
        </button>
      </div>
      {!services && <p role="status">{trouble.value || "Looking up the services…"}</p>}
      {services?.length === 0 && (
        <div class="card empty">
          <Icon name="calendar" />
          <h2>No service of your own</h2>
          <p>Clients can book the sessions of the practice with you. Add one of your own for other lengths, prices or ways to meet.</p>
        </div>
      )}
      {services && services.length > 0 && (
        <ul class="rows card card--flush">
          {services.map((service) => (
            <li class="row" key={service.id}>
              <span class="row__main">
                <strong class="strong">{service.name}</strong>
                <span class="fine">{rules(service)}</span>
              </span>
              {!service.is_offered && <span class="badge">Not offered</span>}
              <button
                class="btn btn--quiet btn--small"
                type="button"
                aria-label={`Change ${service.name}, ${service.minutes} min`}
                onClick={() => (editing.value = { draft: draftOf(service), isNew: false })}
              >
                Change
              </button>
            </li>
          ))}
        </ul>
      )}
      {editing.value && (
        <Edit {...editing.value} onSaved={(view) => (found.value = view)} onClose={() => (editing.value = null)} />
      )}
    </Frame>
  );
}
