import { hasError, sentence, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { DictionaryClass } from '../../dictionary/dictionary.ts';
import type { Rows } from '../../dictionary/rows.ts';
import { atomsAddUp, factsAddUp } from '../account.ts';
import type { Built } from '../build.ts';
import type { Values } from '../generate-values.ts';
import { isSameInOrder, normalForm } from '../normal-form.ts';
import type { Parsed } from '../parse.ts';
import type { AttributePlan, Plan } from '../plan.ts';
import { neighborsChanged } from './neighbors.ts';
import { traceFault } from './trace.ts';
import { readMessage, writeRows, writeUnits, type Read, type Recorded, type Wire, type Written } from './wire.ts';

/** What must hold of every map, in both directions (map language, 3.10). */
export const laws = {
  'put-get': 'what is written and read again says the same, but for the losses that were told',
  'get-put': 'a message of which nothing is lost is written again as it was, up to the order of neighbors and to copies of shared things',
  validity: 'what is written is accepted by the directory or schema, and by the map itself',
  conservation: 'every atom and every fact has exactly one fate, and the counts add up',
  trace: 'a fact changes with the bytes it was made of, and with none that the map leaves alone',
  stability: 'what was read and written once is written the same for ever',
  hub: 'through another map the facts are the same, but for the losses that were told',
} as const;
export type LawName = keyof typeof laws;

export interface Fault {
  readonly law: LawName;
  readonly detail: string;
}

/** A map under trial. `writing` differs from `plan` only where a fault is planted: that is how a law is shown to bite. */
export interface Trial {
  readonly plan: Plan;
  readonly writing?: Plan;
  readonly wire: Wire;
  readonly other?: Plan | undefined; // through which the facts are sent and back
  readonly values: Values;
  readonly tried: (law: LawName) => void;
  readonly only?: LawName | undefined; // a counterexample to this law is made small: it is tried thoroughly, and what comes after it is not
}

/** The laws over rows that the map can state. */
export function rowsFault(trial: Trial, rows: Rows): Fault | undefined {
  const { plan, wire, writing = plan } = trial;
  const written = writeRows(wire, writing, rows);
  const unaccounted = factsFault(rows, written.built);
  if (unaccounted) return unaccounted;
  trial.tried('conservation');
  if (written.built.account.written === 0) return undefined; // refused, or nothing to say
  const invalid = validityFault(trial, written);
  if (invalid) return invalid;
  const units: Recorded[] = [];
  const read = readMessage(wire, plan, written.bytes, (unit) => void units.push(unit));
  const { parsed } = read;
  if (!parsed) return { law: 'validity', detail: 'no message is read where one was written' };
  const lost = atomsFault(read) ?? lostFault(parsed);
  if (lost) return lost;
  trial.tried('validity');
  if (isWanting(written) || joins(written)) return undefined;
  const unlike = putGetFault(plan, rows, written.built, parsed.rows);
  if (unlike) return unlike;
  trial.tried('put-get');
  const wanted = (law: LawName): boolean => trial.only === undefined || trial.only === law;
  const fault =
    (wanted('stability') ? stabilityFault(trial, written.bytes, parsed) : undefined) ??
    (wanted('get-put') ? neighborsFault(trial, written.bytes, units, parsed) : undefined) ??
    (wanted('trace') ? traceFault(trial, written.bytes, units, parsed.rows) : undefined) ??
    (wanted('hub') || wanted('conservation') ? hubFault(trial, parsed.rows) : undefined);
  if (!fault) parsed.rows.release();
  return fault;
}

/** The laws over messages of which nobody knows whether the map can state them. */
export function messageFault(trial: Trial, message: readonly Recorded[]): Fault | undefined {
  const { plan, wire, writing = plan } = trial;
  const { bytes } = writeUnits(wire, plan, message);
  const units: Recorded[] = [];
  const read = readMessage(wire, plan, bytes, (unit) => void units.push(unit));
  const { parsed } = read;
  if (!parsed) return undefined;
  const unread = atomsFault(read);
  if (unread) return unread;
  const written = writeRows(wire, writing, parsed.rows);
  const unaccounted = factsFault(parsed.rows, written.built);
  if (unaccounted) return unaccounted;
  trial.tried('conservation');
  const untraced = trial.only === undefined || trial.only === 'trace' ? traceFault(trial, bytes, units, parsed.rows) : undefined;
  if (untraced || written.built.account.written === 0 || isWanting(written) || joins(written)) return untraced;
  const again: Recorded[] = [];
  const returned = readMessage(wire, plan, written.bytes, (unit) => void again.push(unit));
  if (!returned.parsed) return { law: 'validity', detail: 'no message is read where one was written' };
  const unlike = putGetFault(plan, parsed.rows, written.built, returned.parsed.rows);
  if (unlike) return unlike;
  trial.tried('put-get');
  if (parsed.losses.length === 0 && written.built.losses.length === 0) {
    const changed = getPutFault(plan, units, again);
    if (changed) return changed;
    trial.tried('get-put');
  }
  const unstable = stabilityFault(trial, written.bytes, returned.parsed);
  if (!unstable) for (const { rows } of [parsed, returned.parsed]) rows.release();
  return unstable;
}

/** Rows of one key are written, which are one row when they are read again: said to be. */
const joins = ({ findings }: Pick<Written, 'findings'>): boolean => findings.some(({ code }) => code === 'MAP_ROWS_JOIN');

/** What is read again is what was offered, but for the losses and for the numbers that the map gave to what had none. */
function putGetFault(plan: Plan, offered: Rows, built: Built, returned: Rows): Fault | undefined {
  const without = [...lostFacts(built), ...suppliedFacts(plan, offered)];
  return difference('put-get', offered, returned, new Set(without), suppliedFacts(plan, returned));
}

/** Facts of a build: all that were offered are counted, and each has one fate. */
function factsFault(rows: Rows, { account, losses, findings }: Built): Fault | undefined {
  const fail = (detail: string): Fault => ({ law: 'conservation', detail: `${detail}: ${JSON.stringify(account)}` });
  let offered = rows.countFacts();
  for (let row = 0; rows.carriedCount > 0 && row < rows.size; row++) if (!rows.removed(row)) offered += rows.carriedOf(row).length;
  if (account.offered !== offered) return fail(`${offered} facts were offered`);
  if (!factsAddUp(account)) return fail('facts do not add up');
  if (losses.length !== account.lost) return fail(`${losses.length} losses of facts are told`);
  if (losses.length > 0 && lostFacts({ losses }).size !== losses.length) return fail('a fact is lost twice');
  return bugFault(findings);
}

/** Atoms of a message: all that were read are counted, and each has one fate. */
function atomsFault({ parsed, atoms }: Read): Fault | undefined {
  const { account, losses, findings } = parsed!;
  const fail = (detail: string): Fault => ({ law: 'conservation', detail: `${detail}: ${JSON.stringify(account)}` });
  if (account.total !== atoms) return fail(`${atoms} atoms were read`);
  if (!atomsAddUp(account)) return fail('atoms do not add up');
  if (losses.length !== account.lost) return fail(`${losses.length} losses of atoms are told`);
  const places = losses.length === 0 ? [] : losses.flatMap(({ source }) => (source ? [`${source.start} ${source.end}`] : []));
  if (places.length > 0 && new Set(places).size !== places.length) return fail('an atom is lost twice');
  return bugFault(findings);
}

function bugFault(findings: readonly Diagnostic[]): Fault | undefined {
  const bug = findings.find(({ code }) => code === 'BUG');
  return bug && { law: 'conservation', detail: sentence(bug) };
}

/** Nothing may be wrong with what is written, unless the build has said that it lost what was wanted there. */
function validityFault({ plan, wire, only }: Trial, { bytes, built, findings }: Written): Fault | undefined {
  const wrong = [...findings, ...wire.check(plan, bytes)];
  if (!hasError(wrong)) return undefined;
  const isTold = (built.losses.length > 0 || only !== undefined) && isWanting({ findings }); // or taken away to make the case small
  if (isTold) return undefined;
  const said = wrong.filter(({ severity }) => severity === 'error' || severity === 'fatal' || severity === 'bug').map(sentence);
  return { law: 'validity', detail: said.slice(0, 3).join('; ') };
}
/** Whether the build says that the format wants what was not stated: what it writes is not whole, and another might read it otherwise. */
const isWanting = ({ findings }: Pick<Written, 'findings'>): boolean => findings.some(({ code }) => wanting.has(code));
const wanting: ReadonlySet<string> = new Set(['MAP_ELEMENT_MISSING', 'MAP_TOO_MANY', 'MAP_MISSING']);

/** A map reads all that it writes. */
const lostFault = ({ losses }: Parsed): Fault | undefined =>
  losses.length === 0
    ? undefined
    : { law: 'validity', detail: `the map does not read what it writes: ${losses.slice(0, 3).map(({ reason }) => reason).join('; ')}` }; // prettier-ignore

/** Siblings that were stated once for several may come back in another order; then the second time is the canonical one. */
function stabilityFault({ plan, wire, tried }: Trial, first: Uint8Array, parsed: Parsed): Fault | undefined {
  const second = writeRows(wire, plan, parsed.rows).bytes;
  if (!same(first, second)) {
    const read = readMessage(wire, plan, second).parsed;
    const third = read && writeRows(wire, plan, read.rows).bytes;
    if (!third || !same(second, third)) return { law: 'stability', detail: 'writing what was read is not the same again' };
    read.rows.release();
  }
  tried('stability');
  return undefined;
}

/** Neighbors of one tag in another order mean the same, and are written in the order of the map. */
function neighborsFault({ plan, wire, values, tried }: Trial, first: Uint8Array, units: readonly Recorded[], parsed: Parsed): Fault | undefined {
  const mixed = neighborsChanged(plan, units, values);
  if (!mixed) return undefined;
  const { bytes, findings } = writeUnits(wire, plan, mixed);
  if (hasError(findings)) return undefined; // a line that inherits what it does not state cannot stand after one that has it
  const read = readMessage(wire, plan, bytes).parsed;
  const unlike = read ? difference('get-put', parsed.rows, read.rows) : unlikeTexts('get-put', normalForm(parsed.rows), '');
  if (unlike) return unlike;
  const second = writeRows(wire, plan, read!.rows).bytes;
  read!.rows.release();
  const again: Recorded[] = [];
  if (!same(first, second)) readMessage(wire, plan, second, (unit) => void again.push(unit));
  const changed = same(first, second) ? undefined : getPutFault(plan, units, again); // the same bytes are the same units
  if (!changed) tried('get-put');
  return changed;
}

/** Whether two messages have the same atoms, as often; in maps that merge copies, whether they have the same atoms. */
function getPutFault(plan: Plan, before: readonly Recorded[], after: readonly Recorded[]): Fault | undefined {
  const merges = plan.bindings.some(({ merge }) => merge !== 'none');
  const [first, second] = [stated(before, merges), stated(after, merges)];
  for (const [atom, count] of first)
    if (second.get(atom) !== count) return { law: 'get-put', detail: `${atom} was there ${count} times, and is written ${second.get(atom) ?? 0} times` };
  for (const [atom, count] of second) if (!first.has(atom)) return { law: 'get-put', detail: `${atom} is written ${count} times, and was not there` };
  return undefined;
}

/** The atoms that come back as they were: what is fixed may be added, what is counted is counted again. */
function stated(units: readonly Recorded[], merges: boolean): Map<string, number> {
  const found = new Map<string, number>();
  for (const { tag, atoms, said = atoms, node } of units) {
    if (!node) continue;
    const skipped = anew(node.owner);
    for (const { key, name, text } of said) {
      const at = name === undefined ? key : node.names.get(name);
      const action = at === undefined ? -1 : node.actions.get(at);
      if (action < 0 || skipped.has(action)) continue;
      const id = `${tag} ${name ?? `${key >>> 16}.${key & 0xffff}`} \`${text}\``;
      found.set(id, merges ? 1 : (found.get(id) ?? 0) + 1);
    }
  }
  return found;
}

/** The texts of a group that are made anew when written: computed, by default, or in a form that their codec prefers. */
function anew(group: Plan['groups'][number]): ReadonlySet<number> {
  let texts = madeAnew.get(group);
  if (!texts) {
    const made = group.elements.filter(({ codec }) => codec && (codec.fate || codec.list || codec.lossless !== 'exact'));
    const own = made.flatMap(({ inputs }) => inputs.flatMap((input) => (input.kind === 'text' && input.group.slots === group.slots ? [input.text] : [])));
    madeAnew.set(group, (texts = new Set(own)));
  }
  return texts;
}
const madeAnew = new WeakMap<Plan['groups'][number], ReadonlySet<number>>(); // asked of every unit

/** The facts of one map, written by another, read, and written by the first again. */
function hubFault({ plan, wire, other, tried }: Trial, rows: Rows): Fault | undefined {
  if (!other) return undefined;
  const there = passFault(wire, other, rows);
  if ('law' in there) return { ...there, detail: `to ${other.name}: ${there.detail}` };
  if (!there.rows) return undefined;
  const back = passFault(wire, plan, there.rows);
  if ('law' in back) return { ...back, detail: `back from ${other.name}: ${back.detail}` };
  there.rows.release();
  back.rows?.release();
  tried('hub');
  return undefined;
}

function passFault(wire: Wire, plan: Plan, rows: Rows): Fault | { readonly rows: Rows | undefined } {
  const { bytes, built, findings } = writeRows(wire, plan, rows);
  const unaccounted = factsFault(rows, built);
  if (unaccounted) return unaccounted;
  if (built.account.written === 0) return { rows: undefined };
  const read = readMessage(wire, plan, bytes);
  if (!read.parsed) return { law: 'hub', detail: 'no message is read where one was written' };
  const unread = atomsFault(read);
  if (unread) return unread;
  if (isWanting({ findings }) || findings.some(({ code }) => code === 'MAP_NOTE') || joins({ findings })) return { rows: undefined }; // not whole, or converted on the way, and said to be
  const { rows: returned } = read.parsed;
  const unlike = difference('hub', rows, returned, new Set([...lostFacts(built), ...ownWords(plan, rows)]), ownWords(plan, returned));
  return unlike ?? { rows: returned };
}

/** The facts that a map may state though they were not offered: its constants, what it takes of several for want of the first, what it supplies. */
const ownWords = attributeFacts(
  ({ constant, element }) => constant !== undefined || Boolean(element?.codec?.alternatives ?? element?.codec?.supplies === 'ordinal'),
);
const suppliedFacts = attributeFacts(({ element }) => element?.codec?.supplies === 'ordinal');

/** The facts of the attributes that are meant; of a constant, where the row states it. */
function attributeFacts(isMeant: (attribute: AttributePlan) => boolean): (plan: Plan, rows: Rows) => Set<number> {
  const known = new WeakMap<Plan, ReadonlyMap<DictionaryClass, readonly AttributePlan[]>>();
  return (plan, rows) => {
    let meant = known.get(plan);
    if (!meant) {
      const all = plan.bindings.map(({ class: cls, attributes }) => [cls, attributes.filter(isMeant)] as const).filter(([, some]) => some.length > 0);
      known.set(plan, (meant = new Map(all.map(([cls]) => [cls, all.flatMap(([other, some]) => (other === cls ? some : []))]))));
    }
    const found = new Set<number>();
    for (let row = 0; meant.size > 0 && row < rows.size; row++)
      for (const { attribute, constant } of meant.get(rows.class(row)) ?? [])
        if (constant === undefined || rows.get(row, attribute.slot) === constant) found.add(rows.factIndex(row, attribute.slot));
    return found;
  };
}

const lostFacts = ({ losses }: Pick<Built, 'losses'>): Set<number> => new Set(losses.flatMap(({ fact }) => (fact === undefined ? [] : [fact])));

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

/** Whether rows state the same, but for facts of which that is not asked. */
function difference(law: LawName, offered: Rows, returned: Rows, without?: ReadonlySet<number>, withoutSecond?: ReadonlySet<number>): Fault | undefined {
  if (isSameInOrder(offered, returned, { without, withoutSecond })) return undefined;
  return unlikeTexts(law, normalForm(offered, without), normalForm(returned, withoutSecond));
}

function unlikeTexts(law: LawName, offered: string, returned: string): Fault | undefined {
  if (offered === returned) return undefined;
  let at = 0;
  while (offered[at] === returned[at] && at < offered.length) at++;
  const around = (text: string): string => `…${text.slice(Math.max(0, at - 60), at + 60)}…`;
  return { law, detail: `${around(offered)} came back as ${around(returned)}` };
}
