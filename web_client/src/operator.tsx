/** The operator's pages, apart from everybody else's: nobody waits at the door for what they will never see. */
import { path } from "./router";
import { later } from "./ui/later";
import { NotHere } from "./ui/NotHere";

const account = later(async () => (await import("./pages/Account")).AccountPage);
const agreements = later(async () => (await import("./pages/operator/Agreements")).AgreementsPage);
const allowances = later(async () => (await import("./pages/Allowances")).AllowancesPage);
const applicationDetail = later(async () => (await import("./pages/operator/Applications")).ApplicationDetailPage);
const applications = later(async () => (await import("./pages/operator/Applications")).ApplicationsPage);
const audit = later(async () => (await import("./pages/operator/Audit")).AuditPage);
const books = later(async () => (await import("./pages/Books")).BooksPage);
const concerns = later(async () => (await import("./pages/Concerns")).ConcernPages);
const credits = later(async () => (await import("./pages/Credits")).CreditsPage);
const feedback = later(async () => (await import("./pages/Feedback")).FeedbackPage);
const guardians = later(async () => (await import("./pages/operator/Guardians")).GuardiansPage);
const history = later(async () => (await import("./pages/QueueHistory")).QueueHistoryPage);
const operator = later(async () => (await import("./pages/Operator")).OperatorPage);
const outbox = later(async () => (await import("./pages/Outbox")).OutboxPage);
const payouts = later(async () => (await import("./pages/Payouts")).PayoutsPage);
const people = later(async () => (await import("./pages/operator/People")).PeoplePage);
const queue = later(async () => (await import("./pages/LiveQueue")).LiveQueuePage);
const referrals = later(async () => (await import("./pages/operator/Referrals")).ReferralsPage);
const services = later(async () => (await import("./pages/Services")).ServicesPage);

export function OperatorPages() {
  const [, first = "", id = ""] = path.value.split("/");
  switch (first) {
    case "queue":
      return id ? <history.Page id={id} /> : <queue.Page />;
    case "account":
      return <account.Page />;
    case "people":
      return <people.Page />;
    case "applications":
      return id ? <applicationDetail.Page id={id} /> : <applications.Page />;
    case "referrals":
      return <referrals.Page />;
    case "agreements":
      return <agreements.Page />;
    case "audit":
      return <audit.Page />;
    case "concerns":
      return <concerns.Page id={id} />;
    case "guardians":
      return <guardians.Page />;
    case "books":
      return <books.Page />;
    case "credits":
      return <credits.Page />;
    case "payouts":
      return <payouts.Page />;
    case "feedback":
      return <feedback.Page />;
    case "services":
      return <services.Page />;
    case "allowances":
      return <allowances.Page />;
    case "outbox":
      return <outbox.Page />;
    case "":
      return <operator.Page />;
    default:
      return <NotHere />;
  }
}
