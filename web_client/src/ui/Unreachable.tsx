/** The server does not answer: what that means, and who can be reached without it. */
import { Crisis } from "./Crisis";

export function Unreachable() {
  return (
    <main class="page stack" id="main">
      <h1>We cannot reach the server</h1>
      <p role="status">Nothing was lost. We keep trying; this page comes back by itself.</p>
      <Crisis />
    </main>
  );
}
