/** Leave this sign-in. The page is loaded anew, so nothing of the person stays in its memory. */
import { ask } from "../http";

export async function signOut(): Promise<void> {
  await ask("POST /api/sign-out");
  sessionStorage.clear();
  window.location.assign("/");
}
