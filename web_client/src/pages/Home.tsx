/** A client's home: one large thing to press, and the honest state beside it. */
import { activityWords, leftWords, when } from "../booking_words";
import { bookings, bookingsTrouble, useBookings } from "../bookings";
import { home, homeTrouble, useHome } from "../home";
import type { ActivityView, BookingsView, HomeView, LeftView } from "../protocol.gen";
import { navigate } from "../router";
import { me, request } from "../state";
import { Avatar } from "../ui/Avatar";
import { CalendarIcon } from "../ui/CalendarIcon";
import { Crisis } from "../ui/Crisis";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { PastList } from "../ui/PastList";
import { WriteTo } from "../ui/WriteTo";
import { duration, money, waitRange } from "../ui/words";
import { canJoin } from "./booked/Join";
import { Upcoming } from "./booked/Upcoming";
import { keptUntil } from "./waiting/sentences";
import "../styles/client.css";

const SHOWN = 3;

function BigButton({ name, to, isQuiet = false }: { name: string; to: string; isQuiet?: boolean }) {
  return (
    <button class={`btn btn--${isQuiet ? "quiet" : "primary"} btn--big btn--wide`} type="button" onClick={() => navigate(to)}>
      {name}
    </button>
  );
}

function DutyState({ view }: { view: HomeView }) {
  if (view.on_duty === 0) {
    return (
      <p class="state">
        <span class="dot dot--off" />
        <span>
          Nobody is on duty right now: book a time instead, or join the line and have us text you when someone is free.
        </span>
      </p>
    );
  }
  return (
    <p class="state">
      <span class="dot" />
      <span>
        <strong class="num">{view.on_duty}</strong> {view.on_duty === 1 ? "therapist" : "therapists"} on duty,{" "}
        {view.wait_low_s === null || view.wait_high_s === null
          ? "we cannot say how long it takes"
          : `usually ${waitRange(view.wait_low_s, view.wait_high_s)}`}
      </span>
    </p>
  );
}

/** What is taken for a session now, before anything is asked. */
function Price({ view }: { view: HomeView }) {
  return (
    <p class="fine">
      {view.allowance ? (
        <>Uses one of your sessions ({leftWords(view.allowance)}), for up to </>
      ) : (
        <>
          <span class="num">{money(view.price_pence)}</span> for up to{" "}
        </>
      )}
      {duration(view.length_minutes * 60)}. Nothing is taken until you have both been in the call for two minutes.
    </p>
  );
}

/** Somebody under 18 is told before they press anything, and where to go. */
function Guardian() {
  return (
    <div class="banner banner--warn">
      <Icon name="info" />
      <div>
        <p>
          <strong>A parent or guardian has to agree first.</strong> You are under 18; a short signed letter is enough.
        </p>
        <p>
          <a href="/guardian">Send it, or see how it stands</a>. To talk right now: Childline, <a href="tel:08001111">0800 1111</a>.
        </p>
      </div>
    </div>
  );
}

/** The booked session that can be joined now. */
function joinable() {
  return bookings.value?.ahead.find((booking) => canJoin(booking, booking.now_ms));
}

/** The session that somebody left and may come back to; null for none. */
function openSession(view: HomeView): string | null {
  // The request knows at once what the home view learns with its next look.
  const id = request.value?.state === "in_call" ? request.value.session_id : view.upcoming_session_id;
  return id === joinable()?.id ? null : (id ?? null);
}

/** `view` null: not known yet. The one button is the same before and after, or a press at that moment would be lost. */
function Now({ view }: { view: HomeView | null }) {
  const openId = view && openSession(view);
  const next = joinable();
  if (openId) {
    return (
      <>
        <BigButton name="Rejoin" to={`/call/${openId}`} />
        <p class="state">
          <span class="dot" />
          <span>Your session is still open. Nothing was ended, and nothing more is taken for coming back.</span>
        </p>
      </>
    );
  }
  const isBooked = next !== undefined;
  return (
    <>
      {view?.needs_guardian && <Guardian />}
      {next && <Upcoming booking={next} isBig />}
      {view?.on_duty === 0 && !isBooked && <BigButton key="book" name="Book therapy" to="/book" />}
      <BigButton
        key="talk"
        name="Talk to someone now"
        to="/talk"
        isQuiet={view?.on_duty === 0 || isBooked || view?.needs_guardian}
      />
      <div aria-live="polite">
        {view ? <DutyState view={view} /> : <p class="state">{homeTrouble.value || "Looking who is on duty…"}</p>}
      </div>
      {view?.on_duty === 0 && <WriteTo />}
      {view && <Price view={view} />}
    </>
  );
}

function Purse({ view, balance }: { view: HomeView; balance: LeftView[] }) {
  return (
    <section class="card stack gap-3" aria-labelledby="home-wallet">
      <h2 id="home-wallet">{balance.length > 0 ? "Wallet and allowance" : "Your wallet"}</h2>
      <div class="pair">
        <div>
          <span class="big num">{money(view.available_pence)}</span>
          <span class="fine">ready to use</span>
        </div>
        {view.held_pence > 0 && (
          <div>
            <span class="big num">{money(view.held_pence)}</span>
            <span class="fine">held for a session</span>
          </div>
        )}
      </div>
      {balance.map((left) => (
        <p key={left.id}>
          <strong class="strong">{leftWords(left)}</strong>
          {left.with_name && <span class="fine"> with {left.with_name}</span>}
        </p>
      ))}
      <a class="line-link" href="/wallet">
        See every line
      </a>
    </section>
  );
}

function MyTherapist({ view }: { view: BookingsView }) {
  const card = view.my_therapist;
  if (!card) return null;
  return (
    <section class="card stack gap-3" aria-labelledby="home-therapist">
      <h2 id="home-therapist">My therapist</h2>
      <div class="row row--bare">
        <Avatar person={card} />
        <span class="row__main">
          <strong class="strong">
            {card.first_name} {card.last_name}
          </strong>
          <span class="fine">
            {card.title}, {card.experience_years} years
          </span>
        </span>
      </div>
      <details>
        <summary>About {card.first_name}</summary>
        <p class="sub">{card.bio}</p>
      </details>
      <div class="cluster">
        <a class="btn btn--quiet btn--small" href={`/book/with/${card.id}`}>
          Request a session
        </a>
        <a class="btn btn--text btn--small" href={`/messages/with/${card.id}`}>
          Message
        </a>
        <a class="btn btn--text btn--small" href="/book/change">
          Change therapist
        </a>
      </div>
    </section>
  );
}

/** What is booked next; the one that can be joined now stands at the top of the page. */
function Next({ view, isBookingAbove }: { view: BookingsView; isBookingAbove: boolean }) {
  const ahead = view.ahead.filter((booking) => !canJoin(booking, booking.now_ms));
  const [next, ...more] = ahead;
  return (
    <section class="next stack gap-3" aria-labelledby="home-next">
      <h2 id="home-next">Next session</h2>
      {next ? (
        <Upcoming booking={next} />
      ) : (
        <div class="card empty">
          <Icon name="calendar" />
          <p>No session booked{view.ahead.length > 0 ? " after that" : " yet"}. You can talk to someone now, or choose a time that suits you.</p>
        </div>
      )}
      {more.length > 0 && (
        <a class="line-link" href="/sessions">
          {more.length} more, the next on {when(more[0]!.starts_at_ms)}
        </a>
      )}
      <div class="cluster">
        {!isBookingAbove && (
          <a class="btn btn--quiet" href="/book">
            <CalendarIcon name="calendar-plus" />
            Book therapy
          </a>
        )}
        <a class="btn btn--text" href="/book/coaching">
          Book coaching
        </a>
      </div>
    </section>
  );
}

function Share({ activity }: { activity: ActivityView }) {
  const of = Math.min(activity.of ?? 0, 12);
  return (
    <div class="stack gap-2">
      {of > 0 && (
        <div class="act__bar" role="img" aria-label={`${activity.booked} of ${activity.of} booked`}>
          {Array.from({ length: of }, (_, place) => (
            <i key={place} class={place < activity.booked ? "on" : ""} />
          ))}
        </div>
      )}
      <p class="sub">{activityWords(activity)}</p>
    </div>
  );
}

function Activity({ view }: { view: BookingsView }) {
  return (
    <section class="act stack gap-2" aria-labelledby="home-activity">
      <h2 id="home-activity">My activity</h2>
      <div class="card stack gap-3">
        {view.activity.map((activity) => (
          <Share key={activity.kind} activity={activity} />
        ))}
      </div>
    </section>
  );
}

function Completed({ view }: { view: HomeView }) {
  return (
    <section class="done stack gap-2" aria-labelledby="home-completed">
      <h2 id="home-completed">Completed</h2>
      {view.completed.length === 0 ? (
        <p class="card sub">No sessions yet. After your first call it is listed here, with its receipt.</p>
      ) : (
        <PastList sessions={view.completed.slice(0, SHOWN)} />
      )}
      {view.completed.length > SHOWN && (
        <a class="line-link" href="/sessions">
          All {view.completed.length} sessions
        </a>
      )}
    </section>
  );
}

export function HomePage() {
  useHome();
  useBookings();
  const view = home.value;
  const booked = bookings.value;
  const isBookingAbove = view?.on_duty === 0 && !joinable() && !openSession(view);
  return (
    <Frame title="Home" look="home lit" hasCrisis>
      <section class="now stack gap-5" aria-labelledby="hello">
        <h1 id="hello" class="hello">
          Hello, {me.value?.first_name}
        </h1>
        {request.value?.state === "failed" && (
          <div class="banner" role="status">
            <p>You did not get into the call in time. Nothing was taken; you can ask again now.</p>
          </div>
        )}
        {view?.place_kept_until_ms != null && (
          <div class="banner" role="status">
            <p>We will text you when someone is free. {keptUntil(view.place_kept_until_ms)}</p>
          </div>
        )}
        <div class="stack gap-4">
          <Now view={view} />
        </div>
        {view && homeTrouble.value && <p class="fine">This may be a little old. {homeTrouble.value}</p>}
        <div class="now__crisis">
          <Crisis />
        </div>
      </section>
      {booked ? <Next view={booked} isBookingAbove={isBookingAbove} /> : <p role="status">{bookingsTrouble.value}</p>}
      <aside class="mine stack gap-5" aria-label="Mine">
        {view && <Purse view={view} balance={booked?.balance ?? []} />}
        {booked && <MyTherapist view={booked} />}
        <section class="card stack gap-3" aria-labelledby="home-check">
          <h2 id="home-check">Before a call</h2>
          <p class="sub">See and hear whether camera, microphone, sound and network work.</p>
          <a class="line-link" href="/check">
            Check my devices
          </a>
        </section>
      </aside>
      {view && <Completed view={view} />}
      {booked && <Activity view={booked} />}
    </Frame>
  );
}
