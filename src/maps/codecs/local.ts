import { oneOf, readOptions, text } from './arguments.ts';
import type { Codec } from './codec.ts';

/** An element of this format alone. */
export const localCodec: Codec = {
  name: 'local',
  doc:
    'An element that has a meaning in this format alone and no home in the dictionary. What it states is reported as lost on reading; on building the `default` is written ' +
    'and noted. Without a default it is left out.',
  examples: [
    { args: '{ local: true, default: UNKNOWN }', wire: ['DALLAS'], prints: ['UNKNOWN'] },
    { args: 'true', wire: ['DALLAS'], prints: [] },
  ],
  compile(args) {
    const options = readOptions(args, 'local', 'local', ['local', 'default']);
    oneOf(options, 'local', ['true']);
    const preset = text(options, 'default');
    if (options.problems.length > 0) return { problems: options.problems };
    return {
      inputs: undefined,
      fate: 'local',
      parse([wire]) {
        return wire === undefined || wire === ''
          ? { ok: true, value: undefined }
          : { ok: true, value: undefined, note: `\`${wire}\` has no home in the dictionary` };
      },
      print: () => (preset === undefined ? { ok: true, texts: [undefined] } : { ok: true, texts: [preset], note: `\`${preset}\` is the default of the map` }),
      domain: { kind: 'codes', values: [] },
      lossless: 'lossy',
    };
  },
};
