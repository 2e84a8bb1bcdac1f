import { parse } from 'yaml';
import { compileTable } from '../../../src/maps/codecs/table.ts';
import { codecs } from '../../../src/maps/codecs/register.ts';
import type { CodecArgument, CodecContext, CompiledCodec } from '../../../src/maps/codecs/codec.ts';

const airports = compileTable('airports', { pairs: { DFW: 'USDFW', FRA: 'DEFRA', LHR: 'GBLHR' }, 'parse-only': { QDF: 'USDFW' } });

/** A map with one element `own`, a few slots beside it, and one code table. */
export const context: CodecContext = {
  slot: 'own',
  slots: new Set(['clock', 'own', 'unit', 'currency', 'format', 'a', 'b', 'c', 'day', 'issued', 'weight', 'prefix', 'serial']),
  table: (name) => (name === 'airports' ? airports : undefined),
};

/** The argument as a map's loader hands it over: every scalar a string. */
export const argument = (yaml: string): CodecArgument => parse(yaml, { schema: 'failsafe' }) as CodecArgument;

export function problemsOf(codec: string, yaml: string): readonly string[] {
  const made = codecs.get(codec)!.compile(argument(yaml), context);
  return 'problems' in made ? made.problems : [];
}

export function compiled(codec: string, yaml: string, width?: number): CompiledCodec {
  const made = codecs.get(codec)!.compile(argument(yaml), { ...context, width });
  if ('problems' in made) throw new Error(`${codec} ${yaml}: ${made.problems.join('; ')}`);
  return made;
}
