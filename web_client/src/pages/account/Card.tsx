/**
 * A therapist's card: what stands on it, shown beside as clients see it while it is changed.
 * Easy to break: *Reset* goes back to what is stored, and nothing is stored before *Save changes*; the picture alone is
 * stored at once, because it cannot be seen before the server has made it anew.
 */
import { type Signal } from "@preact/signals";
import { useId } from "preact/hooks";

import { ask } from "../../http";
import type { Area, CardChange, Gender, TherapistCard } from "../../protocol.gen";
import "../../styles/client.css";
import { Field, TextArea } from "../../ui/Field";
import { FileButton } from "../../ui/FileButton";
import { Problem } from "../../ui/Problem";
import { SaveOrReset } from "../../ui/SaveOrReset";
import { useCommand } from "../../ui/useCommand";
import { useKept } from "../../ui/useKept";
import { areaName, language } from "../../ui/words";

const AREAS: Area[] = ["mind", "body", "relationship", "growth", "addiction", "work"];
const LANGUAGES = ["en", "ar", "bn", "cy", "de", "es", "fa", "fr", "gu", "hi", "it", "ja", "nl", "pa", "pl", "pt", "ro", "so", "ta", "tr", "uk", "ur", "yo", "zh"];
const GENDERS: Record<Gender, string> = { female: "Woman", male: "Man", none: "I would rather not say" };
const BIO_MAX = 1_200;

export function PublicCard({ card }: { card: TherapistCard }) {
  return (
    <section class="card stack" aria-labelledby="public">
      <h2 id="public">Your card, as clients see it</h2>
      <div class="account__card">
        {card.photo && <img class="account__photo" src={card.photo} alt={`${card.first_name} ${card.last_name}`} />}
        <div class="stack account__about">
          <div>
            <h3>
              {card.first_name} {card.last_name}
            </h3>
            <p class="sub">
              {card.title || "Your title"}, {card.experience_years} {card.experience_years === 1 ? "year" : "years"} of experience
            </p>
          </div>
          <p class="account__bio">{card.bio || "What you would like clients to know."}</p>
          <dl class="facts">
            <dt>Speaks</dt>
            <dd>{card.languages.map(language).join(", ")}</dd>
            <dt>Helps with</dt>
            <dd>{card.areas.map(areaName).join(", ") || "–"}</dd>
          </dl>
        </div>
      </div>
    </section>
  );
}

function Chips<T extends string>({ label, all, name, chosen }: { label: string; all: readonly T[]; name: (one: T) => string; chosen: Signal<T[]> }) {
  const toggle = (one: T) => {
    chosen.value = chosen.value.includes(one) ? chosen.value.filter((other) => other !== one) : [...chosen.value, one];
  };
  return (
    <fieldset>
      <legend class="label">{label}</legend>
      <div class="chips">
        {all.map((one) => (
          <label key={one} class="chip">
            <input type="checkbox" checked={chosen.value.includes(one)} onChange={() => toggle(one)} />
            <span>{name(one)}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function GenderChoice({ value }: { value: Signal<Gender> }) {
  const name = useId();
  return (
    <fieldset>
      <legend class="label">Gender, for clients who ask for one</legend>
      <div class="chips">
        {(Object.keys(GENDERS) as Gender[]).map((one) => (
          <label key={one} class="chip">
            <input type="radio" name={name} checked={value.value === one} onChange={() => (value.value = one)} />
            <span>{GENDERS[one]}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function useCard(card: TherapistCard, gender: Gender) {
  const fields = {
    firstName: useKept("card:first-name", card.first_name),
    lastName: useKept("card:last-name", card.last_name),
    title: useKept("card:title", card.title),
    years: useKept("card:years", String(card.experience_years)),
    gender: useKept("card:gender", gender),
    languages: useKept<string[]>("card:languages", card.languages),
    areas: useKept<Area[]>("card:areas", card.areas as Area[]),
    bio: useKept("card:bio", card.bio),
  };
  const reset = (to: TherapistCard, as: Gender) => {
    fields.firstName.value = to.first_name;
    fields.lastName.value = to.last_name;
    fields.title.value = to.title;
    fields.years.value = String(to.experience_years);
    fields.gender.value = as;
    fields.languages.value = to.languages;
    fields.areas.value = to.areas as Area[];
    fields.bio.value = to.bio;
  };
  const body = (): CardChange => ({
    first_name: fields.firstName.value.trim(),
    last_name: fields.lastName.value.trim(),
    title: fields.title.value.trim(),
    experience_years: Number(fields.years.value) || 0,
    gender: fields.gender.value,
    languages: fields.languages.value,
    areas: fields.areas.value,
    bio: fields.bio.value.trim(),
  });
  return { fields, reset, body };
}

function Photo({ card, onChange }: { card: TherapistCard; onChange: (card: TherapistCard) => void }) {
  const { isBusy, problem, said, run } = useCommand();
  const put = (file: File) =>
    void run(async () => onChange(await ask("POST /api/account/photo", { file })), "Your picture is saved.");
  const remove = () => void run(async () => onChange(await ask("DELETE /api/account/photo")), "Your picture is gone.");
  return (
    <div class="stack gap-2">
      <span class="label">Picture</span>
      <p class="sub">A face in good light, as you look in a session. It is saved at once.</p>
      <div class="cluster">
        <FileButton accept="image/jpeg,image/png,image/webp" isBusy={isBusy.value} onFile={put}>
          {card.photo ? "Choose another picture" : "Choose a picture"}
        </FileButton>
        {card.photo && (
          <button class="btn btn--text" type="button" onClick={remove}>
            Take it away
          </button>
        )}
      </div>
      <Problem text={problem.value} />
      <p class="fine account__said" role="status">
        {said.value}
      </p>
    </div>
  );
}

interface Props {
  card: TherapistCard;
  gender: Gender;
  onChange: (card: TherapistCard, gender: Gender) => void;
}

export function CardForm({ card, gender, onChange }: Props) {
  const { fields, reset, body } = useCard(card, gender);
  const command = useCommand();
  const preview = { ...card, ...body() };
  const isChanged = JSON.stringify({ ...preview, gender: fields.gender.value }) !== JSON.stringify({ ...card, gender });
  const save = (event: Event) => {
    event.preventDefault();
    void command.run(async () => onChange(await ask("PUT /api/account/card", { body: body() }), fields.gender.value), "Saved. Clients see it so from now on.");
  };
  return (
    <>
      <section class="card stack" aria-labelledby="card">
        <h2 id="card">Your card</h2>
        <form class="stack gap-5" onSubmit={save}>
          <div class="two">
            <Field label="First name" value={fields.firstName} autoComplete="given-name" maxLength={80} />
            <Field label="Last name" value={fields.lastName} autoComplete="family-name" maxLength={80} />
            <Field label="Title" value={fields.title} maxLength={80} hint="For example: Counselling psychologist" />
            <Field label="Years of experience" type="number" value={fields.years} min="0" max="70" />
          </div>
          <Chips label="Languages you work in" all={LANGUAGES} name={language} chosen={fields.languages} />
          <Chips label="What you help with" all={AREAS} name={areaName} chosen={fields.areas} />
          <GenderChoice value={fields.gender} />
          <TextArea
            label="Bio"
            value={fields.bio}
            rows={6}
            maxLength={BIO_MAX}
            hint={`How you work, in your own words. No practice, website or number of your own, please. ${BIO_MAX - fields.bio.value.length} characters are left.`}
          />
          <Photo card={card} onChange={(changed) => onChange(changed, gender)} />
          <SaveOrReset command={command} isChanged={isChanged} reset={() => reset(card, gender)} />
        </form>
      </section>
      <PublicCard card={preview} />
    </>
  );
}
