/** A rating in words: how somebody leaves a call. The first is 1. */
export const FEELINGS = ["Worse", "The same", "A little better", "Better", "Much better"] as const;

export function feeling(rating: number): string {
  return FEELINGS[rating - 1] ?? "";
}
