/** The top of every page but the call: where one can go, and for a client the quick way out. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { leaveQuickly } from "../call/session";
import { unread } from "../messages/inbox";
import type { Role } from "../protocol.gen";
import { path } from "../router";
import { me } from "../state";
import { Avatar } from "./Avatar";
import { Icon, type IconName } from "./Icon";
import { signOut } from "./signOut";
import { useEscapeTwice } from "./useEscapeTwice";
import { useMenu } from "./usePutAway";

interface Place {
  to: string;
  name: string;
  icon: IconName;
}

const PLACES: Record<Role, Place[]> = {
  client: [
    { to: "/", name: "Home", icon: "house" },
    { to: "/sessions", name: "Sessions", icon: "calendar" },
    { to: "/messages", name: "Messages", icon: "message-circle" },
    { to: "/wallet", name: "Wallet", icon: "wallet" },
    { to: "/account", name: "Account", icon: "user" },
  ],
  therapist: [
    { to: "/", name: "Dashboard", icon: "layout-dashboard" },
    { to: "/call-log", name: "Call log", icon: "scroll-text" },
    { to: "/users", name: "Users", icon: "users" },
    { to: "/availability", name: "Availability", icon: "calendar-range" },
    { to: "/messages", name: "Messages", icon: "message-circle" },
    { to: "/transactions", name: "Transactions", icon: "wallet" },
    { to: "/account", name: "Account", icon: "user" },
  ],
  admin: [
    { to: "/", name: "Operator", icon: "house" },
    { to: "/queue", name: "Live queue", icon: "users" },
    { to: "/outbox", name: "Outbox", icon: "message-square" },
    { to: "/payouts", name: "Payouts due", icon: "wallet" },
    { to: "/account", name: "Account", icon: "user" },
  ],
};

/** Whoever is not approved yet finds their application at every other address. */
const APPLYING: Place[] = [
  { to: "/", name: "Application", icon: "file-text" },
  { to: "/account", name: "Account", icon: "user" },
];

function Mark() {
  return (
    <svg viewBox="0 0 26 26" aria-hidden="true">
      <rect x="1" y="1" width="24" height="24" rx="6" fill="var(--mark)" />
      <path d="M8 25V13a5 5 0 0 1 10 0v12z" fill="var(--lamp)" />
      <circle cx="15.4" cy="17.6" r="1.1" fill="var(--mark)" />
    </svg>
  );
}

/** How much is unread, beside *Messages*; the name stays *Messages*. */
function Unread({ place }: { place: Place }) {
  if (place.to !== "/messages" || unread.value === 0) return null;
  return (
    <span class="count" aria-hidden="true">
      {unread.value}
    </span>
  );
}

/** What a link says beyond its name. */
function said(place: Place): string | undefined {
  return place.to === "/messages" && unread.value > 0 ? `${unread.value} unread` : undefined;
}

function isHere(place: Place): boolean {
  return path.value === place.to || (place.to === "/call-log" && path.value.startsWith("/sessions/")) || ["/queue", "/users", "/sessions", "/messages"].some((to) => place.to === to && path.value.startsWith(`${to}/`));
}

function SmallMenu({ places }: { places: Place[] }) {
  const details = useRef<HTMLDetailsElement>(null);
  const problem = useSignal("");
  useMenu(details);
  useEffect(() => {
    if (details.current) details.current.open = false;
  }, [path.value]);
  return (
    <details class="menu" ref={details}>
      <summary class="btn btn--icon btn--small" aria-label="Menu" aria-description={unread.value ? `${unread.value} unread` : undefined}>
        <Icon name="menu" />
        {unread.value > 0 && <span class="menu__dot" />}
      </summary>
      <nav class="menu__list" aria-label="Main, small screen">
        {places.map((place) => (
          <a
            key={place.to}
            class="only-small"
            href={place.to}
            aria-current={isHere(place) ? "page" : undefined}
            aria-description={said(place)}
          >
            <Icon name={place.icon} />
            {place.name}
            <Unread place={place} />
          </a>
        ))}
        <a href="/help" aria-current={path.value === "/help" ? "page" : undefined}>
          <Icon name="info" />
          Help
        </a>
        <button
          type="button"
          onClick={() => void signOut().catch((refusal: Error) => (problem.value = refusal.message))}
        >
          <Icon name="log-out" />
          Sign out
        </button>
        <p class="menu__problem" role="status">
          {problem.value}
        </p>
      </nav>
    </details>
  );
}

/** `links` false while somebody is on the way into a call: only the way out is left. */
export function Header({ links = true }: { links?: boolean }) {
  const who = me.value;
  const places = who && links ? (who.must_apply ? APPLYING : PLACES[who.role]) : [];
  // Before the sign-in nobody knows who it is, so the way out is there as well.
  const isClient = !who || who.role === "client";
  useEscapeTwice(isClient);
  return (
    <header class={isClient ? "top" : "top top--desk"}>
      <a class="wordmark" href="/">
        <Mark />
        Quick Connect
      </a>
      {places.length > 0 && (
        <nav class="nav only-wide" aria-label="Main">
          {places.map((place) => (
            <a
              key={place.to}
              href={place.to}
              aria-current={isHere(place) ? "page" : undefined}
              aria-description={said(place)}
            >
              {place.name} <Unread place={place} />
            </a>
          ))}
        </nav>
      )}
      <span class="push" />
      {isClient && (
        <button
          class="btn btn--quiet btn--small leave"
          type="button"
          title="Blanks this page at once. Pressing Esc twice does the same."
          onClick={() => void leaveQuickly()}
        >
          <Icon name="door-open" small />
          Leave quickly
        </button>
      )}
      {who && links && (
        <>
          <span class="only-wide top__who">
            <Avatar person={who} size="s" />
            <span class="sub">{who.first_name}</span>
          </span>
          <SmallMenu places={places} />
        </>
      )}
    </header>
  );
}
