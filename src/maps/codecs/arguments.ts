import { didYouMean } from '../../diagnostics/suggest.ts';
import type { CodecArgument } from './codec.ts';

/**
 * The argument of a codec, read. A map may say `{ lines: 70 }`, `{ lines: 70, glue: " " }` or `{ lines: { width: 70, glue: " " } }`:
 * all three become options, the bare value under the name that the codec gives it.
 */
export interface Options {
  readonly values: Readonly<Record<string, CodecArgument>>;
  readonly problems: string[];
}

/** Reads `args` of codec `codec`. `bare` names the option that a plain value stands for; '' where only `true` may stand plain. */
export function readOptions(args: CodecArgument, codec: string, bare: string, known: readonly string[]): Options {
  const problems: string[] = [];
  const values: Record<string, CodecArgument> = {};
  const plain = (value: CodecArgument): void => {
    if (value === 'true' || value === '') return;
    if (bare === '') problems.push(`\`${codec}\` takes \`true\` or options (${known.join(', ')}), not \`${show(value)}\``);
    else values[bare] = value;
  };
  const named = (options: Readonly<Record<string, CodecArgument>>): void => {
    for (const [name, value] of Object.entries(options)) {
      if (known.includes(name)) values[name] = value;
      else problems.push(`\`${codec}\` has no option \`${name}\`${didYouMean(name, known)}`);
    }
  };
  if (isMapping(args)) {
    const { [codec]: own, ...rest } = args;
    // An option may bear the codec's own name (`expr`, `const`): then the mapping is the argument itself.
    if (own === undefined || known.includes(codec)) named(args);
    else {
      if (isMapping(own)) named(own);
      else plain(own);
      named(rest);
    }
  } else plain(args);
  return { values, problems };
}

export function isMapping(value: CodecArgument | undefined): value is { readonly [key: string]: CodecArgument } {
  return typeof value === 'object' && !Array.isArray(value);
}

/** A scalar option, or undefined where it is absent. */
export function text(options: Options, name: string): string | undefined {
  const value = options.values[name];
  if (value === undefined || typeof value === 'string') return value;
  options.problems.push(`\`${name}\` must be one value`);
  return undefined;
}

/** A whole number from `min` to `max`. */
export function whole(options: Options, name: string, min: number, max: number): number | undefined {
  const value = text(options, name);
  if (value === undefined) return undefined;
  const number = /^-?\d{1,6}$/.test(value) ? Number(value) : NaN;
  if (number >= min && number <= max) return number;
  options.problems.push(`\`${name}\` must be a whole number from ${min} to ${max}, not \`${value}\``);
  return undefined;
}

export function flag(options: Options, name: string): boolean {
  return oneOf(options, name, ['true', 'false']) === 'true';
}

/** One of a few words. */
export function oneOf<T extends string>(options: Options, name: string, words: readonly T[]): T | undefined {
  const value = text(options, name);
  if (value === undefined) return undefined;
  const word = words.find((each) => each === value);
  if (word === undefined) options.problems.push(`\`${name}\` must be one of ${words.join(', ')}, not \`${value}\`${didYouMean(value, words)}`);
  return word;
}

/** A list of scalars; a single scalar is a list of one. */
export function texts(options: Options, name: string): readonly string[] | undefined {
  const value = options.values[name];
  if (value === undefined) return undefined;
  const list = Array.isArray(value) ? (value as readonly CodecArgument[]) : [value];
  if (list.length > 0 && list.every((each) => typeof each === 'string')) return list;
  options.problems.push(`\`${name}\` must be a list of values`);
  return undefined;
}

/** A mapping of scalars to scalars. */
export function pairs(options: Options, name: string): readonly (readonly [string, string])[] | undefined {
  const value = options.values[name];
  if (value === undefined) return undefined;
  const entries = isMapping(value) ? Object.entries(value) : [];
  if (entries.length > 0 && entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) return entries;
  options.problems.push(`\`${name}\` must be a mapping of values`);
  return undefined;
}

/** The name of a slot of the map. */
export function slot(options: Options, name: string, slots: ReadonlySet<string>): string | undefined {
  const value = text(options, name);
  if (value !== undefined && !slots.has(value)) options.problems.push(`\`${name}\`: no slot \`${value}\` is bound in this map${didYouMean(value, slots)}`);
  return value;
}

function show(value: CodecArgument): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
