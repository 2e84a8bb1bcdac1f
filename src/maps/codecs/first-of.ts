import { didYouMean } from '../../diagnostics/suggest.ts';
import { flag, readOptions, texts } from './arguments.ts';
import type { Codec } from './codec.ts';

/** One fact that may stand in several slots. */
export const firstOfCodec: Codec = {
  name: 'first-of',
  doc: 'One fact that may stand in several slots: the first that is present is read, the first is written; with `sparing: true` not where a later one says it already. Where a later slot states something else, that is reported.',
  examples: [
    { args: '[a, b]', wire: ['X'], value: 'X' },
    { args: '{ first-of: [a, b] }', wire: ['', 'Y'], value: 'Y', prints: ['Y'] },
  ],
  compile(args, context) {
    const options = readOptions(args, 'first-of', 'slots', ['slots', 'sparing']);
    const sparing = flag(options, 'sparing');
    const slots = texts(options, 'slots') ?? [];
    if (slots.length < 2 && options.problems.length === 0) options.problems.push('`first-of` needs two slots or more, as in `first-of: [a, b]`');
    if (new Set(slots).size !== slots.length) options.problems.push('`first-of` names a slot twice');
    for (const each of slots)
      if (!context.slots.has(each)) options.problems.push(`\`first-of\`: no slot \`${each}\` is bound in this map${didYouMean(each, context.slots)}`);
    if (options.problems.length > 0) return { problems: options.problems };
    return {
      inputs: slots,
      alternatives: true,
      parse(wires) {
        const stated = wires.slice(0, slots.length).filter((wire): wire is string => wire !== undefined && wire !== '');
        const other = stated.find((wire) => wire !== stated[0]);
        return other === undefined
          ? { ok: true, value: stated[0] }
          : { ok: true, value: stated[0], note: `\`${other}\` is stated too, \`${stated[0]!}\` was taken` };
      },
      print(value, width, others = []) {
        if (typeof value !== 'string') return { ok: false, reason: `is a quantity (${value.value} ${value.unit}), not text` };
        if (value === '') return { ok: false, reason: 'is empty' };
        if (width !== undefined && value.length > width) return { ok: false, reason: `has ${value.length} characters, at most ${width} can be written` };
        const said = others.findIndex((text) => text !== undefined && text !== ''); // the first that a reader would come upon
        const at = sparing && said > 0 && others[said] === value ? said : 0;
        return { ok: true, texts: slots.map((_, i) => (i === at ? value : undefined)) };
      },
      domain: { kind: 'text' },
      lossless: 'lossy',
    };
  },
};
