/** Who is suggested and why, and who else fits. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask } from "../../http";
import { dayWords } from "../../days";
import type { Suggestion, Suggestions, TherapistCard } from "../../protocol.gen";
import { Avatar } from "../../ui/Avatar";
import { Icon } from "../../ui/Icon";
import { areaName, language } from "../../ui/words";
import { change, flow, go, wish } from "./flow";

export function Person({ card }: { card: TherapistCard }) {
  return (
    <div class="row row--bare">
      <Avatar person={card} size="l" />
      <span class="row__main">
        <strong class="strong">
          {card.first_name} {card.last_name}
        </strong>
        <span class="sub">
          {card.title}, {card.experience_years} years
        </span>
        <span class="fine">{card.languages.map(language).join(", ")}</span>
      </span>
    </div>
  );
}

function listed(parts: string[]): string {
  return parts.length < 2 ? (parts[0] ?? "") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

/** "Works with Mind, speaks English and has time this week." */
export function whyWords(suggestion: Suggestion, area: string, code: string): string {
  const parts = suggestion.reasons.flatMap((reason) => {
    switch (reason) {
      case "own":
        return ["has seen you before"];
      case "area":
        return [`works with ${areaName(area).toLowerCase()}`];
      case "language":
        return [`speaks ${language(code)}`];
      case "gender":
        return [];
      case "this_week":
        return ["has time this week"];
      default:
        return reason satisfies never;
    }
  });
  const sentence = listed(parts);
  return `${sentence.charAt(0).toUpperCase()}${sentence.slice(1)}.`;
}

function firstFree(suggestion: Suggestion): string {
  return suggestion.first_free_ms === null ? "No free time in the next weeks" : `First free: ${dayWords(suggestion.first_free_ms)}`;
}

function Nobody() {
  const { gender } = flow.value;
  return (
    <div class="card empty">
      <Icon name="users" />
      <h2>Nobody fits all of that yet</h2>
      <p>Nothing is lost. You can look further, or talk to whoever is on duty now.</p>
      {gender !== "none" && (
        <button class="btn btn--quiet" type="button" onClick={() => change({ gender: "none" })}>
          Not only {gender === "female" ? "a woman" : "a man"}
        </button>
      )}
      <button class="btn btn--quiet" type="button" onClick={() => go("need")}>
        Change your answers
      </button>
      <a class="btn btn--text" href="/talk">
        Talk to someone now
      </a>
    </div>
  );
}

export function Choose() {
  const found = useSignal<Suggestions | null>(null);
  const trouble = useSignal("");
  const asked = wish();
  useEffect(() => {
    if (!asked) return go("need");
    found.value = null;
    const stop = new AbortController();
    ask("POST /api/therapists/find", { body: asked, signal: stop.signal })
      .then((value) => (found.value = value))
      .catch((refusal: Error) => !stop.signal.aborted && (trouble.value = refusal.message));
    return () => stop.abort();
  }, [JSON.stringify(asked)]);
  const choose = (therapistId: string) =>
    go("time", { therapistId, serviceId: "", startsAtMs: null, allowanceId: "" });
  const [first, ...others] = found.value?.therapists ?? [];
  if (found.value && !first) {
    return (
      <div class="stack gap-5">
        <h1>Who could be right for you</h1>
        <Nobody />
      </div>
    );
  }
  if (!first) return <p role="status">{trouble.value || "Looking for who fits…"}</p>;
  const { area, language: code } = flow.value;
  return (
    <div class="stack gap-5">
      <h1>We suggest {first.card.first_name}</h1>
      <div class="card stack gap-4">
        <Person card={first.card} />
        <p class="why">
          <Icon name="check" small />
          <span>{whyWords(first, area, code)}</span>
        </p>
        <p class="sub">{first.card.bio}</p>
        <p class="fine">{firstFree(first)}</p>
        <button class="btn btn--primary" type="button" onClick={() => choose(first.card.id)}>
          See {first.card.first_name}’s times
        </button>
      </div>
      {others.length > 0 && (
        <>
          <h2>Others who fit</h2>
          <ul class="rows card card--flush">
            {others.map((one) => (
              <li key={one.card.id}>
                <button class="row book__other" type="button" onClick={() => choose(one.card.id)}>
                  <Avatar person={one.card} />
                  <span class="row__main">
                    <strong class="strong">
                      {one.card.first_name} {one.card.last_name}
                    </strong>
                    <span class="fine">
                      {one.card.title}, {one.card.experience_years} years. {firstFree(one)}
                    </span>
                  </span>
                  <Icon name="chevron-right" />
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}
