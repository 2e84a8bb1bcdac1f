import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { finding } from '../diagnostics/diagnostic.ts';
import { openEvidence } from './evidence-source.ts';
import { StoreError } from './fault.ts';
import { cutOf, type Cut } from './cut.ts';
import { databaseFile, readCut, type Db } from './sqlite.ts';
import { verifyStore, type StoreVerification } from './verify-store.ts';

const database = 'the database file';

/**
 * Verifies a data folder, also one whose database is damaged so far that it cannot be opened: who asks what is wrong is told, and what it hits. Of
 * a file that was cut short as much is verified as is left. Throws a StoreError where there is no store, or one that may not be read.
 */
export function verifyFolder(folder: string, old?: string): StoreVerification {
  const found = verifiedOr(folder, old);
  if (!(found instanceof StoreError) && found.ok) return found;
  const cut = cutOf(folder);
  if (!cut) return found instanceof StoreError ? unreadable(folder, `it cannot be read: ${found.args['message'] ?? 'no table is in it'}; ${remedy}`) : found;
  if (!(found instanceof StoreError) && !found.findings.some(({ args }) => args['part'] === database)) return withDamage(said(cut), found);
  const left = cut.stated === 0 ? undefined : readCut(folder, cut);
  if (!left) return unreadable(folder, `${said(cut)}; nothing can be read of it, not even which tables there were`);
  return withDamage(
    `${said(cut)}; what can be read of the rest follows`,
    verified(folder, old, () => left),
  );
}

/** The fault, where the database itself is what cannot be read. Where a log was published there was more than an empty file. */
function verifiedOr(folder: string, old: string | undefined): StoreVerification | StoreError {
  try {
    return verified(folder, old);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const isMalformed = error.code === 'STORE_FAULT' && /CORRUPT|NOTADB/.test(error.args['sqlite'] ?? '');
    const isEmptied = error.code === 'STORE_ABSENT' && existsSync(databaseFile(folder)) && existsSync(join(folder, 'log', 'checkpoint'));
    if (!isMalformed && !isEmptied) throw error;
    return error;
  }
}

function verified(folder: string, old: string | undefined, read?: () => Db): StoreVerification {
  const source = openEvidence(folder, read);
  try {
    return verifyStore(source, old);
  } finally {
    source.close();
  }
}

const remedy = 'put back the newest backup with `portolan restore`, and keep this one';

const said = ({ size, stated, page }: Cut): string =>
  stated === 0
    ? `it was cut short: only ${size} bytes are there; ${remedy}`
    : `it was cut short: ${size} of ${stated} bytes are there, pages from ${Math.floor(size / page) + 1} to ${stated / page} are gone; ${remedy}`;

const withDamage = (message: string, { findings, ...rest }: StoreVerification): StoreVerification => ({
  ...rest,
  ok: false,
  findings: [finding('EVIDENCE_BROKEN', { part: database, message }), ...findings],
});

function unreadable(folder: string, message: string): StoreVerification {
  const [key, secret] = ['log.vkey', 'content.key'].map((name) => join(folder, 'keys', name));
  const origin = existsSync(key!) ? readFileSync(key!, 'utf8').split('+')[0]! : '';
  const sealed = existsSync(secret!);
  return withDamage(message, { ok: false, origin, entries: 0, checkpoints: 0, records: 0, contents: 0, erased: 0, sealed, findings: [] });
}
