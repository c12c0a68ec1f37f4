/** A client's first pages, fetched together: home, and the form it leads to. */
export { HomePage } from "./pages/Home";
export { QuickConnectPage } from "./pages/QuickConnect";
