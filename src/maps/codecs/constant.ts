import { readOptions, text } from './arguments.ts';
import type { Codec } from './codec.ts';

/** A text that the map fixes. */
export const constCodec: Codec = {
  name: 'const',
  doc: 'A text that the map fixes: another one is refused on reading, this one is written on building. It carries no fact.',
  examples: [
    { args: 'KGM', wire: ['KGM'] },
    { args: 'KGM', wire: ['LBR'], refused: 'the map fixes `KGM`' },
  ],
  compile(args) {
    const options = readOptions(args, 'const', 'const', ['const']);
    const fixed = text(options, 'const');
    if (fixed === undefined && options.problems.length === 0) options.problems.push('`const` needs the text, as in `const: KGM`');
    if (options.problems.length > 0 || fixed === undefined) return { problems: options.problems };
    return {
      inputs: undefined,
      fate: 'fixed',
      parse([wire]) {
        return wire === undefined || wire === '' || wire === fixed
          ? { ok: true, value: undefined }
          : { ok: false, reason: `is \`${wire}\`, the map fixes \`${fixed}\`` };
      },
      print: () => ({ ok: true, texts: [fixed] }),
      domain: { kind: 'codes', values: [fixed] },
      lossless: 'exact',
    };
  },
};
