/**
 * Whose words this tab keeps. A sign-in that ran out leaves drafts, notes and unsent lines in the tab for the same
 * person to come back to; somebody else who signs in here must find none of them.
 */
const KEPT = "whose";

export function keepFor(personId: string): void {
  sessionStorage.setItem(KEPT, personId);
}

/** True when the sign-in of this tab ended by itself or from elsewhere: who signs out leaves nothing here. */
export function wasSignedIn(): boolean {
  return sessionStorage.getItem(KEPT) !== null;
}

/** Forgets what the tab keeps for another person; true when there was one, and the page must be loaded anew. */
export function forgetOthers(personId: string): boolean {
  const before = sessionStorage.getItem(KEPT);
  if (before === null || before === personId) return false;
  sessionStorage.clear();
  return true;
}
