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

/** A number of so few digits that a whole number of JavaScript holds them exactly: nearly all are. */
interface Few {
  readonly units: number;
  readonly scale: number;
}

const fewDigits = 15;
const exact = 2 ** 52; // the sum of two of them is exact as well

/** Undefined where there are more digits, or it is no number. */
function readFew(text: string): Few | undefined {
  const sign = text.charCodeAt(0);
  let [units, digits, point] = [0, 0, -1];
  for (let i = sign === 0x2d || sign === 0x2b ? 1 : 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (digit >= 0 && digit <= 9) {
      if (++digits > fewDigits) return undefined;
      units = units * 10 + digit;
    } else if (digit === -2 && point < 0) point = digits;
    else return undefined;
  }
  return digits === 0 ? undefined : { units: sign === 0x2d ? -units : units, scale: point < 0 ? 0 : digits - point };
}

/** With so many decimals; NaN where it is exact no more. */
function raiseFew({ units, scale }: Few, to: number): number {
  const raised = units * 10 ** (to - scale);
  return Math.abs(raised) <= exact ? raised : NaN;
}

function showFew(units: number, scale: number): string {
  if (scale === 0) return String(units);
  const digits = String(Math.abs(units)).padStart(scale + 1, '0');
  return `${units < 0 ? '-' : ''}${digits.slice(0, digits.length - scale)}.${digits.slice(digits.length - scale)}`;
}

function show({ units, scale }: Number34): string | undefined {
  const magnitude = units < 0n ? -units : units;
  const digits = String(magnitude).padStart(scale + 1, '0');
  if (digits.length > maxDigits) return undefined;
  return `${units < 0n ? '-' : ''}${digits.slice(0, digits.length - scale)}${scale === 0 ? '' : `.${digits.slice(digits.length - scale)}`}`;
}

const raise = ({ units, scale }: Number34, to: number): bigint => units * 10n ** BigInt(to - scale);

export const isNumber = (text: string): boolean => (readFew(text) ?? read(text)) !== undefined;

export function calculate(operator: '+' | '-' | '*' | '/', left: string, right: string): string | undefined {
  if (operator === '+' || operator === '-') {
    const sum = addFew(left, right, operator === '+' ? 1 : -1);
    if (sum !== undefined) return sum;
  }
  const a = read(left);
  const b = read(right);
  if (!a || !b) return undefined;
  if (operator === '*') return show({ units: a.units * b.units, scale: a.scale + b.scale });
  if (operator === '/') return divide(a, b);
  const scale = Math.max(a.scale, b.scale);
  return show({ units: operator === '+' ? raise(a, scale) + raise(b, scale) : raise(a, scale) - raise(b, scale), scale });
}

function addFew(left: string, right: string, sign: 1 | -1): string | undefined {
  const a = readFew(left);
  const b = a && readFew(right);
  if (!b) return undefined;
  const scale = Math.max(a.scale, b.scale);
  const sum = raiseFew(a, scale) + sign * raiseFew(b, scale);
  return Number.isNaN(sum) ? undefined : showFew(sum, scale);
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
  const few = readFew(left);
  const other = few && readFew(right);
  if (other) {
    const scale = Math.max(few.scale, other.scale);
    const difference = raiseFew(few, scale) - raiseFew(other, scale);
    if (!Number.isNaN(difference)) return Math.sign(difference);
  }
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
