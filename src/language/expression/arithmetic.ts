/** Decimal arithmetic on digit strings: 34 digits, exact; what does not fit is missing (undefined), never wrong. */

const maxDigits = 34;

interface Number34 {
  readonly units: bigint;
  readonly scale: number; // number of decimals
}

function read(text: string): Number34 | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text);
  const [, sign, whole = '', fraction = ''] = match ?? [];
  if (!match || whole + fraction === '' || whole.length + fraction.length > maxDigits) return undefined;
  const units = BigInt(whole + fraction);
  return { units: sign === '-' ? -units : units, scale: fraction.length };
}

function show({ units, scale }: Number34): string | undefined {
  const magnitude = units < 0n ? -units : units;
  const digits = String(magnitude).padStart(scale + 1, '0');
  if (digits.length > maxDigits) return undefined;
  return `${units < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}${scale === 0 ? '' : `.${digits.slice(digits.length - scale)}`}`;
}

const raise = ({ units, scale }: Number34, to: number): bigint => units * 10n ** BigInt(to - scale);

export const isNumber = (text: string): boolean => read(text) !== undefined;

export function calculate(operator: '+' | '-' | '*' | '/', left: string, right: string): string | undefined {
  const a = read(left);
  const b = read(right);
  if (!a || !b) return undefined;
  if (operator === '*') return show({ units: a.units * b.units, scale: a.scale + b.scale });
  if (operator === '/') return divide(a, b);
  const scale = Math.max(a.scale, b.scale);
  return show({ units: operator === '+' ? raise(a, scale) + raise(b, scale) : raise(a, scale) - raise(b, scale), scale });
}

/** To 34 significant digits, half to even; needless zeros fall away. By zero: missing. */
function divide(a: Number34, b: Number34): string | undefined {
  if (b.units === 0n) return undefined;
  for (let scale = maxDigits * 2; scale >= 0; scale--) {
    const shown = show(rounded(a.units * 10n ** BigInt(scale + b.scale), b.units * 10n ** BigInt(a.scale), scale));
    if (shown !== undefined) return shown.includes('.') ? shown.replace(/\.?0+$/, '') : shown;
  }
  return undefined;
}

function rounded(numerator: bigint, denominator: bigint, scale: number): Number34 {
  const negative = numerator < 0n !== denominator < 0n;
  const n = numerator < 0n ? -numerator : numerator;
  const d = denominator < 0n ? -denominator : denominator;
  const quotient = n / d;
  const twice = (n % d) * 2n;
  const units = twice > d || (twice === d && quotient % 2n === 1n) ? quotient + 1n : quotient;
  return { units: negative ? -units : units, scale };
}

/** Less than zero, zero or more as `left` is below, equal to or above `right`. */
export function compareNumbers(left: string, right: string): number | undefined {
  const a = read(left);
  const b = read(right);
  if (!a || !b) return undefined;
  const scale = Math.max(a.scale, b.scale);
  const difference = raise(a, scale) - raise(b, scale);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** To `decimals` decimals, half away from zero, as invoices round. */
export function round(text: string, decimals: number): string | undefined {
  const number = read(text);
  if (!number) return undefined;
  if (number.scale <= decimals) return show(number);
  const divisor = 10n ** BigInt(number.scale - decimals);
  const magnitude = number.units < 0n ? -number.units : number.units;
  const units = (magnitude * 2n + divisor) / (divisor * 2n);
  return show({ units: number.units < 0n ? -units : units, scale: decimals });
}

export function absolute(text: string): string | undefined {
  const number = read(text);
  return number && show({ ...number, units: number.units < 0n ? -number.units : number.units });
}

/** A whole number from 0 to `max`, or undefined. */
export function small(text: string | undefined, max: number): number | undefined {
  const number = text === undefined ? undefined : read(text);
  if (!number || number.scale !== 0 || number.units < 0n || number.units > BigInt(max)) return undefined;
  return Number(number.units);
}
