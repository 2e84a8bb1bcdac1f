import { UsageError } from './main.ts';

/** What a command does by its first argument. */
export function byVerb<T>(verbs: Readonly<Record<string, T>>, verb: string): T {
  if (!Object.hasOwn(verbs, verb)) throw new UsageError(`\`${verb}\` is none of ${Object.keys(verbs).join(', ')}`);
  return verbs[verb]!;
}
