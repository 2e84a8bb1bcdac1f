import { statSync } from 'node:fs';
import { encodings, isEncoding, type AgreedCharsets } from '../syntax/charset.ts';
import { UsageError, type Options } from './main.ts';

/** The option of every command that works with maps: a configuration folder, whose maps/ join the shipped ones. */
export const configOption = { config: { type: 'string' } } as const;

/** The configuration folder that was named, if one was. */
export function configFolder(options: Options): string | undefined {
  const config = options['config'] as string | undefined;
  if (config !== undefined && !statSync(config, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`--config: there is no folder \`${config}\`; \`samples/gateway\` is one to begin with`);
  return config;
}

/** The option of every command that reads interchanges: what their text is encoded in, whatever they declare. */
export const charsetOption = { charset: { type: 'string' } } as const;

export function charsetsFor(options: Options): AgreedCharsets | undefined {
  const name = options['charset'] as string | undefined;
  if (name === undefined) return undefined;
  if (!isEncoding(name)) throw new UsageError(`--charset: \`${name}\` is not known; it is one of ${encodings.join(', ')}`);
  return { '*': name };
}
