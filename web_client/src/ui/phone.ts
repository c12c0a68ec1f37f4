/** Phone numbers as people type and read them. Pure; the wire knows E.164 alone. */

const HOME = "44";

/** "07700 900123" and "+44 (0)7700 900123" are "+447700900123"; null for what cannot be a number. */
export function e164(typed: string): string | null {
  const bare = typed.replace(/[\s\-.]/g, "").replace(/^00/, "+");
  const international = bare.startsWith("+") ? bare.replace("(0)", "") : bare.replace(/^\(?0\)?/, `+${HOME}`);
  const number = international.replace(/[()]/g, "");
  return /^\+[1-9]\d{6,14}$/.test(number) ? number : null;
}

/** "+447700900123" is "+44 7700 900123"; numbers of elsewhere stay as they are. */
export function spaced(number: string): string {
  return number.replace(/^\+44(\d{4})(\d{6})$/, `+${HOME} $1 $2`);
}
