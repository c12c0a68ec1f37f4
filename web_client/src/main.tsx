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
import { AccountPage } from "./pages/Account";
import { AfterCallPage } from "./pages/AfterCall";
import { HomePage } from "./pages/Home";
import { QuickConnectPage } from "./pages/QuickConnect";
import { SessionsPage } from "./pages/Sessions";
import { SignInPage } from "./pages/SignIn";
import { SomeoneIsHerePage } from "./pages/SomeoneIsHere";
import { WaitingPage } from "./pages/Waiting";
import { TransactionsPage, WalletPage } from "./pages/Wallet";
import type { Me } from "./protocol.gen";
import { beginRouting, navigate, path } from "./router";
import { beginListening, connect, disconnect } from "./socket";
import { duty, isOver, me, request } from "./state";
import { stepFor } from "./steps";
import { later } from "./ui/later";
import { Unreachable } from "./ui/Unreachable";

const desk = () => import("./desk");
const callPage = later(async () => (await import("./pages/Call")).CallPage);
const callLog = later(async () => (await desk()).CallLogPage);
const dashboard = later(async () => (await desk()).DashboardPage);
const operator = later(async () => (await desk()).OperatorPage);
const session = later(async () => (await desk()).SessionPage);

function Page({ who }: { who: Me }) {
  const [, first = "", id = ""] = path.value.split("/");
  if (who.role === "admin") return <operator.Page />;
  if (first === "call" && id) return <callPage.Page id={id} />;
  if (first === "account") return <AccountPage />;
  if (who.role === "client") {
    if (first === "talk") return <QuickConnectPage />;
    if (first === "waiting") return <WaitingPage />;
    if (first === "here") return <SomeoneIsHerePage />;
    if (first === "after" && id) return <AfterCallPage id={id} />;
    if (first === "sessions") return <SessionsPage />;
    if (first === "wallet") return <WalletPage />;
    return <HomePage />;
  }
  if (first === "call-log") return <callLog.Page />;
  if (first === "sessions" && id) return <session.Page id={id} />;
  if (first === "transactions") return <TransactionsPage />;
  return <dashboard.Page />;
}

/** The call's code is there before the yes: it is fetched when a call can follow, not when it does. */
function fetchCallAhead(): void {
  if (request.value || (duty.value && duty.value.status !== "off")) callPage.fetchAhead();
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

function App() {
  const who = me.value;
  useEffect(() => {
    if (who) connect();
    else disconnect();
  }, [who]);
  useEffect(fetchCallAhead, [request.value, duty.value]);
  useEffect(letDevicesGo, [request.value, call.value]);
  useEffect(followRequest, [request.value, path.value, who]);
  return who ? <Page who={who} /> : <SignInPage />;
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
  beginListening();
  beginCalls();
  render(<App />, root);
}

void start();
