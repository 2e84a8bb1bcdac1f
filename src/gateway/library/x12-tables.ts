import { createHash } from 'node:crypto';
import type { ConfigFile } from '../../partners/config.ts';
import type { Directory } from '../../syntax/segments/directory.ts';
import { readDirectory } from '../../syntax/segments/tables.ts';
import type { MessageHeader } from '../../syntax/unit.ts';

const path = /^schemas\/x12\/(\d{6})\/(segments|messages|codes)\.txt$/;

/** The X12 tables of a library, by version (GS08): each is read when it is first asked for. */
export function x12Tables(files: readonly ConfigFile[]): {
  get(name: string): Directory | undefined;
  of(header: MessageHeader): Directory | undefined;
  around(): Directory | undefined;
  directoryHash(name: string): string;
  files(name: string): readonly ConfigFile[];
} {
  const own = files.filter((file) => path.test(file.path));
  const names = [...new Set(own.map((file) => path.exec(file.path)![1]!))].sort();
  const known = new Map<string, Directory>();
  const textOf = (name: string, which: string): string => own.find((file) => file.path === `schemas/x12/${name}/${which}.txt`)?.text ?? '';
  const get = (name: string): Directory | undefined => {
    if (!known.has(name) && names.includes(name))
      known.set(name, readDirectory(name, { segments: textOf(name, 'segments'), messages: textOf(name, 'messages'), codes: textOf(name, 'codes') }));
    return known.get(name);
  };
  /** The newest that is not newer; of what is older than all the oldest. */
  const nearest = (version: string): string | undefined => names.findLast((name) => name <= version) ?? names[0];
  return {
    get,
    of: ({ directory }) => get(nearest(directory ?? '') ?? ''),
    around: () => get(names.at(-1) ?? ''),
    directoryHash: (name) => createHash('sha256').update(['segments', 'messages', 'codes'].map((which) => textOf(name, which)).join('\0')).digest('hex'), // prettier-ignore
    files: (name) => own.filter((file) => file.path.startsWith(`schemas/x12/${name}/`)),
  };
}
