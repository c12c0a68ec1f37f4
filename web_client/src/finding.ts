/** The pages between asking and the call, fetched together: from the line nobody waits for the next page's code. */
export { SomeoneIsHerePage } from "./pages/SomeoneIsHere";
export { WaitingPage } from "./pages/Waiting";
