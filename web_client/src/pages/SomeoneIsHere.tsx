/** Somebody has come: a face, and two answers within reach of a thumb. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { media } from "../call/media";
import type { RequestView, TherapistCard } from "../protocol.gen";
import { navigate } from "../router";
import { emit } from "../socket";
import { isRequestKnown, request } from "../state";
import { Frame } from "../ui/Frame";
import { initials } from "../ui/Avatar";
import { Crisis } from "../ui/Crisis";
import { Countdown } from "../ui/Countdown";
import { Problem } from "../ui/Problem";
import { areaName, language } from "../ui/words";
import { Terms } from "./Terms";
import { useStep } from "./waiting/useStep";
import "../styles/client.css";

/** Longer than this nobody waits for a picture before they may answer. */
const FACE_MS = 2_000;

function Face({ person, onReady }: { person: TherapistCard; onReady: () => void }) {
  const image = useRef<HTMLImageElement>(null);
  const isBroken = useSignal(false);
  const hasPhoto = person.photo !== null && !isBroken.value;
  useEffect(() => {
    if (!hasPhoto || image.current?.complete) onReady();
    const timer = window.setTimeout(onReady, FACE_MS);
    return () => window.clearTimeout(timer);
  }, [hasPhoto]);
  const name = `${person.first_name} ${person.last_name}`;
  return (
    <figure class="here__photo">
      {person.photo && hasPhoto ? (
        <img ref={image} src={person.photo} alt={name} onLoad={onReady} onError={() => (isBroken.value = true)} />
      ) : (
        <span class="here__initials flared" aria-hidden="true">
          {initials(person)}
        </span>
      )}
    </figure>
  );
}

function Who({ current, person }: { current: RequestView; person: TherapistCard }) {
  const years = person.experience_years;
  return (
    <div class="here__text stack">
      <div class="split">
        <h1>Someone is here</h1>
        <Countdown untilMs={current.answer_by_ms} size="56px" isSpoken />
      </div>
      <div>
        <p class="here__name flared">
          {person.first_name} {person.last_name}
        </p>
        <p class="sub">
          {person.title}
          {years > 0 && `, ${years} ${years === 1 ? "year" : "years"} of experience`}
        </p>
      </div>
      <p class="here__bio">{person.bio}</p>
      <dl class="facts here__facts">
        <dt>Speaks</dt>
        <dd>{person.languages.map(language).join(", ")}</dd>
        <dt>Works with</dt>
        <dd>{person.areas.map(areaName).join(", ")}</dd>
      </dl>
      <p class="fine here__hold">
        {person.first_name} is keeping this time for you. If you say no, you keep your place in line.
      </p>
    </div>
  );
}

function Answer({ current, isReady, onAccept }: { current: RequestView; isReady: boolean; onAccept: () => void }) {
  const { isBusy, problem, step } = useStep();
  const decline = () => void step(() => emit("request:decline", { id: current.id }));
  return (
    <div class="foot here__foot">
      <div class="here__crisis">
        <Crisis isShort />
      </div>
      <div class={isReady ? "here__footin" : "here__footin here__footin--early"}>
        <Problem text={problem.value} />
        <button class="btn btn--quiet" type="button" aria-busy={isBusy.value} onClick={decline}>
          Not this one
        </button>
        <button class="btn btn--primary" type="button" onClick={onAccept}>
          Accept
        </button>
      </div>
    </div>
  );
}

function Nobody() {
  return (
    <Frame title="Someone is here" look="here lit" links={false}>
      <div class="stack gap-4">
        <h1>One moment</h1>
        <p class="lead" role="status">
          Looking up where you are in the line…
        </p>
      </div>
    </Frame>
  );
}

function Offer({ current, person }: { current: RequestView; person: TherapistCard }) {
  const isReady = useSignal(false);
  const isAsking = useSignal(false);
  useEffect(() => {
    if (!current.is_chat_only && !media.stream.peek()) void media.open({ audio: true, video: true });
  }, []);
  const foot = (
    <Answer current={current} isReady={isReady.value} onAccept={() => (isAsking.value = true)} />
  );
  return (
    <Frame title="Someone is here" look="here lit" links={false} region={{ name: "Someone is here", foot }}>
      <div class="here__grid">
        <Face person={person} onReady={() => (isReady.value = true)} />
        <Who current={current} person={person} />
      </div>
      {isAsking.value && <Terms current={current} person={person} onClose={() => (isAsking.value = false)} />}
    </Frame>
  );
}

export function SomeoneIsHerePage() {
  const current = request.value;
  const isHere = current?.state === "accepted" && current.therapist !== null;
  useEffect(() => {
    if (isRequestKnown.value && !isHere) navigate(current ? "/waiting" : "/", { replace: true });
  }, [isHere, isRequestKnown.value]);
  if (!current?.therapist || !isHere) return <Nobody />;
  // Another therapist is another page: a new face, and nothing ticked or half answered for the last one.
  return <Offer key={current.session_id ?? ""} current={current} person={current.therapist} />;
}
