import { createHash } from 'node:crypto';
import type { ConfigFile } from '../../partners/config.ts';
import { treeOf, type Kept, type PartnerTree, type Registered } from '../../partners/register.ts';

/** A configuration as it is recorded: its files, and of its partners the roots of their trees. */
export interface ConfigurationText {
  readonly text: string;
  readonly hash: string; // SHA-256 of the text, hex: what jobs name
  readonly stated: StatedConfiguration; // what the text says
  readonly register: readonly Registered[];
  readonly trees: readonly PartnerTree[];
}

/** The value that the text says. */
export interface StatedConfiguration {
  readonly files: Readonly<Record<string, string>>; // gateway.yaml, agencies, routes, by path
  readonly partners: Readonly<Partial<Record<Kept, string>>>; // roots
}

/** `files`: of the folder; those of partners stand in the tree. */
export const configurationText = (files: readonly ConfigFile[], register: readonly Registered[]): ConfigurationText =>
  textOf(Object.fromEntries(files.filter(({ path }) => !isPartnerFile(path)).map(({ path, text }) => [path, text])), register);

/** The same with other partners. */
export const withRegister = ({ stated }: ConfigurationText, register: readonly Registered[]): ConfigurationText => textOf(stated.files, register);

/** Whether nothing but partners differs. */
export const differInPartners = (a: ConfigurationText, b: ConfigurationText): boolean => JSON.stringify(a.stated.files) === JSON.stringify(b.stated.files);

function textOf(files: StatedConfiguration['files'], register: readonly Registered[]): ConfigurationText {
  const trees = (['folder', 'store'] as const).map((kept) => ({ kept, tree: treeOf(register.filter((each) => each.kept === kept)) }));
  const stated: StatedConfiguration = {
    files,
    partners: Object.fromEntries(trees.flatMap(({ kept, tree }) => (tree ? [[kept, tree.root]] : []))),
  };
  const text = JSON.stringify(stated);
  return { text, hash: createHash('sha256').update(text).digest('hex'), stated, register, trees: trees.flatMap(({ tree }) => tree ?? []) };
}

const isPartnerFile = (path: string): boolean => path.startsWith('partners/');

/** The owner of what is kept of a partner, each version under its hash. Numbers after a hyphen are messages' alone, so there is none in it. */
export const ownerOfPartner = (id: string): string => `partner:${id.replaceAll('-', '_')}`;

/** The owner of the lists and roots of the trees. */
export const treeOwner = 'partners';
