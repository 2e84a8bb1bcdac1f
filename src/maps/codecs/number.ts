/** Exact decimal numbers as digit strings. No floating point comes near a value. */

export interface Decimal {
  readonly negative: boolean;
  readonly whole: string; // digits as stated; never empty
  readonly fraction: string; // digits as stated; may be empty
}

/**
 * Reads a number as EDIFACT and its kin write it: optional sign, digits, comma or point, digits. `.5` and `5.` are
 * numbers, `.` is none. Neither exponents nor thousands separators are. ISO 9735:1988, 10.
 */
export function readDecimal(wire: string): Decimal | undefined {
  const match = /^([+-]?)(\d*)(?:[.,](\d*))?$/.exec(wire);
  if (!match) return undefined;
  const [, sign, whole = '', fraction = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  return { negative: sign === '-', whole: whole === '' ? '0' : whole, fraction };
}

/** Why `readDecimal` takes `wire` for none: an exponent is how programs write numbers, not what a format may state. */
export const noNumber = (wire: string): string =>
  /^[+-]?[\d.,]+[eE][+-]?\d+$/.test(wire) ? `\`${wire}\` has an exponent: a number is written with all its digits` : `\`${wire}\` is not a number`;

/** What is to be said of a number with a plus before it: it means nothing, is not kept, and some formats forbid it. */
export const withoutPlus = (wire: string): { readonly note?: string } => (wire.startsWith('+') ? { note: `\`${wire}\` is read without its plus` } : {});

/** Whether a text is digits alone: it is then a whole number, as stated and as shown. Most numbers are. */
export function isDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return false;
  }
  return text !== '';
}

/** A number that is digits alone, which every form of numbers reads as it stands: the first look at one. */
export const whenDigits = (text: string): string | undefined => (isDigits(text) ? text : undefined);

/** The digits as stated, with a point: `-0.50`, `007`. */
export function showDecimal({ negative, whole, fraction }: Decimal): string {
  return `${negative ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

export type Rounding = 'half-up' | 'half-even' | 'up' | 'down';
export const roundings: readonly Rounding[] = ['half-up', 'half-even', 'up', 'down'];

/**
 * The number with at most `scale` decimals. Zeros beyond the scale fall away, since they change nothing; other digits only
 * under a rounding (`up` and `down` are away from and toward zero). Undefined where digits would be lost and none is given.
 */
export function atScale(number: Decimal, scale: number, rounding: Rounding | undefined): { readonly number: Decimal; readonly exact: boolean } | undefined {
  const { negative, whole, fraction } = number;
  if (fraction.length <= scale) return { number, exact: true };
  const rest = fraction.slice(scale);
  const kept = { negative, whole, fraction: fraction.slice(0, scale) };
  if (/^0*$/.test(rest)) return { number: kept, exact: true };
  if (rounding === undefined) return undefined;
  const half = rest[0]! > '5' || (rest[0] === '5' && !/^50*$/.test(rest)) ? 1 : /^50*$/.test(rest) ? 0 : -1;
  const digits = whole + kept.fraction;
  const odd = Number(digits.at(-1)) % 2 === 1;
  const away = rounding === 'up' || (rounding !== 'down' && (half > 0 || (half === 0 && (rounding === 'half-up' || odd))));
  if (!away) return { number: /[1-9]/.test(digits) ? kept : { ...kept, negative: false }, exact: false };
  const raised = String(BigInt(digits) + 1n).padStart(digits.length, '0');
  return { number: { negative, whole: raised.slice(0, raised.length - scale), fraction: raised.slice(raised.length - scale) }, exact: false };
}

/** The exact product. */
export function multiply(a: Decimal, b: Decimal): Decimal {
  const scale = a.fraction.length + b.fraction.length;
  const digits = String(BigInt(a.whole + a.fraction) * BigInt(b.whole + b.fraction)).padStart(scale + 1, '0');
  const fraction = digits.slice(digits.length - scale).replace(/0+$/, '');
  return { negative: a.negative !== b.negative && /[1-9]/.test(digits), whole: digits.slice(0, digits.length - scale), fraction };
}

/** Number of digits, the sign and the mark apart, as EDIFACT counts the length of a numeric element (ISO 9735:1988, 10). */
export const digitCount = ({ whole, fraction }: Decimal): number => whole.length + fraction.length;
