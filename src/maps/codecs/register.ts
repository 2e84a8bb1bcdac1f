import { didYouMean } from '../../diagnostics/suggest.ts';
import { amountCodec } from './amount.ts';
import { codesCodec } from './codes.ts';
import { constCodec } from './constant.ts';
import { countCodec } from './count.ts';
import { counterCodec } from './counter.ts';
import { datetimeCodec } from './datetime.ts';
import { dayNearCodec } from './day-near.ts';
import { decimalCodec } from './decimal.ts';
import { exprCodec } from './expr.ts';
import { firstOfCodec } from './first-of.ts';
import { impliedCodec } from './implied.ts';
import { integerCodec } from './integer.ts';
import { isMapping } from './arguments.ts';
import { joinCodec } from './join.ts';
import { linesCodec } from './lines.ts';
import { localCodec } from './local.ts';
import { ordinalCodec } from './ordinal.ts';
import { quantityCodec } from './quantity.ts';
import { sumCodec } from './sum.ts';
import { textCodec } from './text.ts';
import { transliterateCodec } from './transliterate.ts';
import type { Codec, CodecArgument, CodecContext, CompiledCodec } from './codec.ts';

/** Every codec of the map language, in the order of its documentation. A new one is a file here, with its laws tested; never a function of a map's own. */
export const codecs: ReadonlyMap<string, Codec> = new Map(
  [
    textCodec,
    transliterateCodec,
    integerCodec,
    decimalCodec,
    impliedCodec,
    datetimeCodec,
    dayNearCodec,
    quantityCodec,
    amountCodec,
    codesCodec,
    joinCodec,
    linesCodec,
    firstOfCodec,
    ordinalCodec,
    counterCodec,
    countCodec,
    sumCodec,
    localCodec,
    constCodec,
    exprCodec,
  ].map((codec) => [codec.name, codec]),
);

/** Keys of an element that say when or why, not how: they are the engine's. */
const notes: ReadonlySet<string> = new Set(['when', 'why', 'guide', 'usage', 'note', 'parse-only', 'build-only', 'otherwise']);

/**
 * Compiles what a map declares of one element: `{ decimal: { scale: 3 } }`, `{ lines: 70, glue: " " }`, `{ counter: bill }`.
 * The first key names the codec; the others are its options. `{ parse: …, build: … }` is an `expr`.
 */
export function compileElement(declaration: CodecArgument, context: CodecContext): CompiledCodec | { readonly problems: readonly string[] } {
  if (!isMapping(declaration)) return { problems: [`\`${context.slot}\` must name its codec in braces, as in \`{ decimal: true }\``] };
  const argument = Object.fromEntries(Object.entries(declaration).filter(([key]) => !notes.has(key)));
  const [name] = Object.keys(argument);
  if (name === undefined) return { problems: [`\`${context.slot}\` names no codec`] };
  const codec = name === 'parse' || name === 'build' ? exprCodec : codecs.get(name);
  if (codec) return codec.compile(argument, context);
  const later = Object.keys(argument).find((key) => codecs.has(key));
  return {
    problems: [
      later === undefined
        ? `there is no codec \`${name}\`${didYouMean(name, codecs.keys())}`
        : `the codec \`${later}\` must stand before its option \`${name}\``,
    ],
  };
}
