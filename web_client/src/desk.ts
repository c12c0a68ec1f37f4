/** The pages of therapists and operators, which clients never fetch. */
export { CallLogPage } from "./pages/CallLog";
export { DashboardPage } from "./pages/Dashboard";
export { OperatorPage } from "./pages/Operator";
export { SessionPage } from "./pages/Session";
