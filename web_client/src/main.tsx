/** The page: who is signed in decides which pages there are, the path which one is shown. The only place that wires. */
import "./styles/tokens.css";
import "./styles/components.css";
import "./styles/shell.css";
import { render } from "preact";
import { useEffect } from "preact/hooks";
import "@preact/signals";

import { turnsBack } from "./call/away";
import { media } from "./call/media";
import { begin as beginCalls, call } from "./call/session";
import { ask, Refusal } from "./http";
import type { Kind, Me } from "./protocol.gen";
import { beginRouting, navigate, path } from "./router";
import { beginListening, connect, disconnect } from "./socket";
import { duty, isOver, isRequestKnown, me, request } from "./state";
import { stepFor } from "./steps";
import { later } from "./ui/later";
import { NotHere } from "./ui/NotHere";
import { beginWatchingPastes } from "./ui/tooLong";
import { Unreachable } from "./ui/Unreachable";

const CALLING_AGAIN_MS = 3_000;

const account = later(async () => (await import("./pages/Account")).AccountPage);
const added = later(async () => (await import("./pages/wallet/Added")).AddedPage);
const after = later(async () => (await import("./pages/AfterCall")).AfterCallPage);
const availability = later(async () => (await import("./pages/Availability")).AvailabilityPage);
const book = later(async () => (await import("./pages/Book")).BookPage);
const callLog = later(async () => (await import("./pages/CallLog")).CallLogPage);
const callPage = later(async () => (await import("./pages/Call")).CallPage);
const check = later(async () => (await import("./pages/Check")).CheckPage);
const dashboard = later(async () => (await import("./pages/Dashboard")).DashboardPage);
const feedback = later(async () => (await import("./pages/Feedback")).FeedbackPage);
const here = later(async () => (await import("./pages/SomeoneIsHere")).SomeoneIsHerePage);
const homePage = later(async () => (await import("./pages/Home")).HomePage);
const move = later(async () => (await import("./pages/Move")).MovePage);
const messages = later(async () => (await import("./pages/Messages")).MessagesPage);
const application = later(async () => (await import("./pages/Application")).ApplicationPage);
const apply = later(async () => (await import("./pages/Join")).ApplyPage);
const concerns = later(async () => (await import("./pages/Concerns")).ConcernPages);
const guardian = later(async () => (await import("./pages/Guardian")).GuardianPage);
const help = later(async () => (await import("./pages/Help")).HelpPages);
const enrol = later(async () => (await import("./pages/Enrol")).EnrolPage);
const forgot = later(async () => (await import("./pages/Forgot")).ForgotPage);
const invited = later(async () => (await import("./pages/Invited")).InvitedPage);
const join = later(async () => (await import("./pages/Join")).JoinPage);
const services = later(async () => (await import("./pages/Services")).ServicesPage);
const operator = later(async () => (await import("./operator")).OperatorPages);
const session = later(async () => (await import("./pages/Session")).SessionPage);
const sessions = later(async () => (await import("./pages/Sessions")).SessionsPage);
const signIn = later(async () => (await import("./pages/SignIn")).SignInPage);
const talk = later(async () => (await import("./pages/QuickConnect")).QuickConnectPage);
const transactions = later(async () => (await import("./pages/Transactions")).TransactionsPage);
const waiting = later(async () => (await import("./pages/Waiting")).WaitingPage);
const user = later(async () => (await import("./pages/User")).UserPage);
const users = later(async () => (await import("./pages/Users")).UsersPage);
const wallet = later(async () => (await import("./pages/Wallet")).WalletPage);

/** Before anybody is signed in. */
function Door() {
  if (path.value === "/apply") return <apply.Page />;
  if (path.value === "/join") return <join.Page />;
  if (path.value === "/forgot") return <forgot.Page />;
  const [, first, code = "", way] = path.value.split("/");
  if (first === "invited" && way !== "sign-in") return <invited.Page code={code} isJoining={way === "join"} />;
  return <signIn.Page />;
}

/** /book, /book/coaching, /book/change, /book/with/{therapist}. */
function wayOf(second: string, third: string) {
  const kind: Kind = second === "coaching" ? "coaching" : "therapy";
  return { kind, isChange: second === "change", therapistId: second === "with" ? third : "" };
}

function Page({ who }: { who: Me }) {
  if (who.must_enrol) return <enrol.Page />;
  const [, first = "", id = "", part = "", seq = ""] = path.value.split("/");
  if (first === "help" || first === "support") return <help.Page first={first} id={id} about={part} />;
  if (who.role === "admin") return <operator.Page />;
  if (first === "call" && id) return <callPage.Page id={id} />;
  if (first === "check") return <check.Page />;
  if (first === "account") return <account.Page />;
  if (first === "bookings" && id && part === "move") return <move.Page id={id} />;
  if (who.must_apply) return <application.Page />;
  if (first === "messages") return <messages.Page id={id === "with" ? "" : id} withId={id === "with" ? part : ""} />;
  if (who.role === "client") {
    if (first === "talk") return <talk.Page />;
    if (first === "waiting") return <waiting.Page />;
    if (first === "here") return <here.Page />;
    if (first === "guardian") return <guardian.Page />;
    if (first === "after" && id) return <after.Page id={id} />;
    if (first === "sessions") return <sessions.Page />;
    if (first === "wallet" && id === "top-up" && part) return <added.Page id={part} />;
    if (first === "invited") return <invited.Page code={id} isJoining={false} />;
    if (first === "book") return <book.Page {...wayOf(id, part)} />;
    if (first === "wallet") return <wallet.Page />;
    return first ? <NotHere /> : <homePage.Page />;
  }
  if (first === "concerns") return <concerns.Page id={id} />;
  if (first === "call-log") return <callLog.Page />;
  if (first === "sessions" && id) return <session.Page id={id} part={part} seq={Number(seq)} />;
  if (first === "feedback") return <feedback.Page />;
  if (first === "transactions") return <transactions.Page />;
  if (first === "availability") return <availability.Page />;
  if (first === "services") return <services.Page />;
  if (first === "users") return id ? <user.Page id={id} /> : <users.Page />;
  return first ? <NotHere /> : <dashboard.Page />;
}

/**
 * The code of the next step is there before it is taken, and a server that goes away meanwhile takes no page with it:
 * it is fetched when the step can follow, not when it does.
 */
function fetchNextAhead(): void {
  if (me.value?.role === "client" && isRequestKnown.value) for (const page of [talk, waiting, here]) page.fetchAhead();
  if (request.value || (duty.value && duty.value.status !== "off")) callPage.fetchAhead();
  if (request.value) (me.value?.role === "client" ? after : session).fetchAhead();
}

/** A request that came to nothing leaves no camera on; a call closes its own. */
function letDevicesGo(): void {
  if (me.value?.role === "client" && isOver(request.value?.state) && !call.value) media.close();
}

/** A client with an open request is where that request is, whatever page was loaded. */
function followRequest(): void {
  const step = me.value?.role === "client" && request.value ? stepFor(path.value, request.value) : null;
  if (step) navigate(step, { replace: path.value !== "/talk" });
}

/** A therapist is called on every page of theirs, not on the dashboard alone. */
function beginCalling(): void {
  if (me.value?.role !== "therapist" || me.value.must_enrol) return;
  import("./pages/dashboard/alerts").then(
    (alerts) => alerts.beginAlerts(),
    () => window.setTimeout(beginCalling, CALLING_AGAIN_MS),
  );
}

function App() {
  const who = me.value;
  useEffect(() => {
    if (who && !who.must_enrol) connect();
    else disconnect();
  }, [who]);
  useEffect(fetchNextAhead, [request.value, duty.value, isRequestKnown.value]);
  useEffect(beginCalling, [who]);
  useEffect(letDevicesGo, [request.value, call.value]);
  useEffect(followRequest, [request.value, path.value, who]);
  return who ? <Page who={who} /> : <Door />;
}

async function start(): Promise<void> {
  if (turnsBack()) return;
  const root = document.getElementById("app")!;
  try {
    me.value = await ask("GET /api/me");
  } catch (refusal) {
    if (refusal instanceof Refusal && refusal.code !== "not_signed_in") {
      root.replaceChildren();
      render(<Unreachable />, root);
      window.setTimeout(() => void start(), 3_000);
      return;
    }
  }
  root.replaceChildren();
  beginRouting();
  beginWatchingPastes();
  beginListening();
  beginCalls();
  render(<App />, root);
  // Some browsers have none, some people forbid it: then a lost network shows the browser's own page.
  void navigator.serviceWorker?.register("/sw.js").catch(() => undefined);
}

void start();
