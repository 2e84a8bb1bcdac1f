import { didYouMean } from '../../diagnostics/suggest.ts';
import { oneOf, readOptions, text, whole } from './arguments.ts';
import { readDecimal, type Decimal } from './number.ts';
import type { CodecArgument, CodecContext, CompiledCodec } from './codec.ts';

/**
 * What `counter`, `count` and `sum` share: a number that the rest of the message decides. It is verified on reading and
 * written anew on building; it carries no fact.
 */
export function compileDerived(
  args: CodecArgument,
  kind: 'counter' | 'count' | 'sum',
  context: CodecContext,
): CompiledCodec | { readonly problems: readonly string[] } {
  const options = readOptions(args, kind, 'of', ['of', 'width', 'mismatch']);
  const of = text(options, 'of');
  const width = whole(options, 'width', 1, 34);
  const strict = oneOf(options, 'mismatch', ['warning', 'error']) === 'error';
  if (of === undefined)
    options.problems.push(
      `\`${kind}\` needs the name of ${kind === 'sum' ? 'an element' : 'a group'}, as in \`${kind}: ${kind === 'sum' ? 'itemWeight' : 'item'}\``,
    );
  else if (kind === 'sum' && !context.slots.has(of)) options.problems.push(`\`sum\`: no slot \`${of}\` is bound in this map${didYouMean(of, context.slots)}`);
  if (options.problems.length > 0 || of === undefined) return { problems: options.problems };
  const verb = kind === 'sum' ? 'the sum is' : kind === 'count' ? 'counted' : 'it stands at';
  return {
    inputs: [context.slot, kind === 'counter' ? '#ordinal' : '#total'],
    fate: 'derived',
    derives: { kind, of },
    parse([wire, counted]) {
      if (wire === undefined || wire === '') return { ok: true, value: undefined };
      if (wire === counted) return { ok: true, value: undefined };
      const stated = readDecimal(wire);
      if (!stated) return { ok: false, reason: `\`${wire}\` is not a number` };
      const total = counted === undefined ? undefined : readDecimal(counted);
      if (total === undefined || plain(stated) === plain(total)) return { ok: true, value: undefined };
      const sentence = `states ${wire}, ${verb} ${counted!}`;
      return strict ? { ok: false, reason: sentence } : { ok: true, value: undefined, note: sentence };
    },
    print(value, limit) {
      const number = typeof value === 'string' ? readDecimal(value) : undefined;
      if (!number) return { ok: false, reason: `\`${typeof value === 'string' ? value : value.value}\` is not a number` };
      const digits = plain(number).padStart(width ?? 0, '0');
      const room = Math.min(width ?? Infinity, limit ?? Infinity);
      if (digits.replace(/\D/g, '').length > room) return { ok: false, reason: `has ${digits.length} digits, at most ${room} can be written` };
      return { ok: true, texts: [digits, undefined] };
    },
    domain: kind === 'sum' ? { kind: 'decimal' } : { kind: 'integer', ...(width === undefined ? {} : { digits: width }) },
    lossless: 'quotient',
  };
}

/** One form for each number: no leading zeros, no trailing decimals, no minus zero. */
function plain({ negative, whole: integral, fraction }: Decimal): string {
  const left = integral.replace(/^0+(?=\d)/, '');
  const right = fraction.replace(/0+$/, '');
  return `${negative && /[1-9]/.test(left + right) ? '-' : ''}${left}${right === '' ? '' : `.${right}`}`;
}
