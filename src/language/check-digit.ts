/** Numbers that carry the means to check them. */

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** The value of a character in ISO 6346: a digit is itself, letters run from 10 and leave out the multiples of 11. */
function valueOf(character: string): number {
  const letter = letters.indexOf(character);
  return letter < 0 ? Number(character) : letter + 10 + Math.ceil(letter / 10);
}

/** Whether the check digit of a container number is right (ISO 6346, annex A); undefined where the text is no container number. */
export function iso6346(text: string): boolean | undefined {
  if (!/^[A-Z]{3}[UJZR]\d{7}$/.test(text)) return undefined;
  let sum = 0;
  for (let i = 0; i < 10; i++) sum += valueOf(text[i]!) * 2 ** i;
  return (sum % 11) % 10 === Number(text[10]);
}

/** Whether the last digit is the remainder of the digits before it by 7; undefined where the text is not two to sixteen digits. */
export function mod7(text: string): boolean | undefined {
  if (!/^\d{2,16}$/.test(text)) return undefined;
  return Number(text.slice(0, -1)) % 7 === Number(text.at(-1));
}
