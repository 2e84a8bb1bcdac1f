import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { sentence, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { renderFindings } from '../../diagnostics/text.ts';
import { canonicalText } from '../../dictionary/json.ts';
import { atomsAddUp, factsAddUp } from '../../maps/account.ts';
import { normalForm } from '../../maps/normal-form.ts';
import { loadYaml, plain, type Plain } from '../../maps/load.ts';
import { pathsBelow } from './folder.ts';
import type { Library } from './library.ts';
import { produce } from '../translation/produce.ts';
import { readBytes } from '../translation/syntax.ts';
import { syntaxes } from '../translation/syntaxes.ts';
import type { ReadMessage } from '../translation/reading.ts';

/**
 * A case of a map: a folder that an analyst can write.
 *
 *     case.yaml       purpose, map, to (target map, or `canonical`: nothing but what it means), losses (exact: "value — reason"), law (all: what is read is written and read again)
 *     input.*         one interchange or document
 *     canonical.json  what it means; a subset, unless case.yaml says `canonical: exact`
 *     output.*        what `to` makes of it, byte for byte
 *     findings.txt    what is said about it, rendered
 */
export interface CaseResult {
  readonly name: string; // folder relative to the root, or as it was named where it is elsewhere
  readonly map: string;
  readonly differences: readonly string[]; // empty: it holds
  readonly written: readonly string[]; // what differed and was written anew
}

/** All case folders below the maps of a library, and below maps/ of a configuration folder; of one map or of all. */
export function findCases(root: string, map?: string, config?: string): string[] {
  const places = [join(root, 'mappings'), ...(config === undefined ? [] : [join(config, 'maps')])];
  return places.flatMap((from) =>
    pathsBelow(from)
      .filter((path) => basename(path) === 'case.yaml')
      .map((path) => join(from, dirname(path)))
      .filter((folder) => map === undefined || relative(from, folder).startsWith(`${map}/cases/`) || mapOf(folder) === map)
      .sort(),
  );
}

function mapOf(folder: string): string | undefined {
  return /^map: *['"]?([^\s'"#]+)/m.exec(readFileSync(join(folder, 'case.yaml'), 'utf8'))?.[1];
}

/** Runs one case. With `update`, files that differ are written anew; what cannot be mended so is still a difference. */
export async function runCase(library: Library, folder: string, update = false): Promise<CaseResult> {
  const inside = relative(library.root, resolve(folder));
  const name = inside.startsWith('..') || isAbsolute(inside) ? folder : inside;
  const differences: string[] = [];
  const written: string[] = [];
  const { root, findings: yamlFindings } = loadYaml({ path: join(name, 'case.yaml'), text: readFileSync(join(folder, 'case.yaml'), 'utf8') });
  const settings = root ? (plain(root) as { readonly [key: string]: Plain }) : {};
  for (const each of yamlFindings) differences.push(sentence(each));
  const unknown = Object.keys(settings).filter((key) => !caseKeys.has(key));
  if (unknown.length > 0) differences.push(`case.yaml has unknown keys: ${unknown.join(', ')}`);
  const inputName = readdirSync(folder).find((file) => file.startsWith('input.'));
  const map = String(settings['map'] ?? '');
  const plan = library.catalog.plan(map);
  if (!plan || inputName === undefined) {
    const isThere = library.catalog.maps.some((each) => each.name === map);
    const missing = plan
      ? 'there is no input file'
      : isThere
        ? `the map \`${map}\` is not in order: \`portolan map lint ${map}\` says why`
        : `there is no map \`${map}\``;
    return { name, map, written, differences: [...differences, missing] };
  }
  await library.loadSchemas();
  const input = readFileSync(join(folder, inputName));
  const messages: ReadMessage[] = [];
  const findings: Diagnostic[] = [];
  const outside = readBytes(
    library,
    input,
    { message: (message) => void messages.push(message), interchangeEnd: (_, found) => void findings.push(...found) },
    { plan, source: inputName },
  );
  findings.push(...outside, ...messages.flatMap((message) => message.findings));
  const [message] = messages;
  const parsed = message?.parsed;
  if (!message || !parsed) return { name, map, written, differences: [...differences, `nothing was read: ${findings.map(sentence).join('; ')}`] };
  if (!atomsAddUp(parsed.account)) differences.push(`atoms do not add up: ${JSON.stringify(parsed.account)}`);

  const golden = (file: string, made: string | Uint8Array, same: (expected: string) => boolean): void => {
    const path = join(folder, file);
    if (existsSync(path) ? same(readFileSync(path, 'utf8')) : !update) return;
    (update ? written : differences).push(
      `${file} differs: ${firstDifference(existsSync(path) ? readFileSync(path, 'utf8') : '', Buffer.from(made).toString())}`,
    );
    if (update) writeFileSync(path, made);
  };
  const canonical = `${canonicalText(parsed.rows, 2)}\n`;
  const exact = settings['canonical'] === 'exact';
  golden('canonical.json', canonical, (expected) => (exact ? expected === canonical : isSubset(JSON.parse(expected), JSON.parse(canonical))));
  const losses = parsed.losses.map(({ value, reason }) => `${value} — ${reason}`);
  const target = settings['to'] === undefined || settings['to'] === 'canonical' ? undefined : String(settings['to']);
  const to = target === undefined ? undefined : library.catalog.plan(target);
  if (target !== undefined && !to) differences.push(`there is no map \`${target}\``);
  if (to) {
    const produced = produce(library, to, parsed.rows, caseInterchange);
    if (!factsAddUp(produced.facts)) differences.push(`facts do not add up: ${JSON.stringify(produced.facts)}`);
    losses.push(...produced.losses.map(({ value, path, reason }) => `${value} — ${path ?? ''}: ${reason}`));
    findings.push(...produced.findings);
    const text = Buffer.from(produced.bytes).toString('latin1');
    const file = readdirSync(folder).find((each) => each.startsWith('output.')) ?? `output.${syntaxes[to.format.family].extension}`;
    golden(file, produced.bytes, (expected) => Buffer.from(expected).toString('latin1') === text);
  }
  if (Array.isArray(settings['losses'])) {
    const expected = settings['losses'].map(String);
    for (const each of losses) if (!expected.includes(each)) differences.push(`an unexpected loss: ${each}`);
    for (const each of expected) if (!losses.includes(each)) differences.push(`a loss that did not happen: ${each}`);
  }
  const bytes = (source: string): Uint8Array | undefined => {
    const path = source === inputName ? join(folder, source) : join(library.root, source);
    return library.file(source) ?? (source !== '' && existsSync(path) ? readFileSync(path) : undefined);
  };
  const rendered = renderFindings(findings, { bytes, limit: 100 });
  golden('findings.txt', rendered, (expected) => expected === rendered);
  if (settings['law'] === 'all') differences.push(...checkLaw(library, message));
  return { name, map, written, differences };
}

const caseKeys = new Set(['kind', 'purpose', 'clause', 'map', 'to', 'losses', 'law', 'canonical']);

/** The envelope around what a case writes: fixed, so that goldens stay. */
const caseInterchange = { sender: 'PORTOLAN', recipient: 'RECEIVER', preparedAt: '260101:0000', reference: 'CASE' };

/** What was read is written by the same map and read again: the same facts, but for those said to be lost. */
function checkLaw(library: Library, { plan, parsed }: ReadMessage): string[] {
  const { rows } = parsed!;
  const written = produce(library, plan!, rows, caseInterchange);
  const lost = new Set(written.losses.flatMap(({ fact }) => (fact === undefined ? [] : [fact])));
  let again: string | undefined;
  readBytes(library, written.bytes, { message: (message) => void (again ??= message.parsed && normalForm(message.parsed.rows)) }, { plan: plan! });
  const offered = normalForm(rows, lost);
  return again === offered ? [] : [`written and read again it is not the same: ${firstDifference(offered, again ?? '')}`];
}

function firstDifference(expected: string, actual: string): string {
  let at = 0;
  while (at < expected.length && expected[at] === actual[at]) at++;
  const around = (text: string): string => JSON.stringify(text.slice(Math.max(0, at - 30), at + 50));
  return `expected ${around(expected)}, it is ${around(actual)}`;
}

/** Whether everything in `part` is in `whole`: objects by key, arrays item by item. */
export function isSubset(part: unknown, whole: unknown): boolean {
  if (Array.isArray(part)) return Array.isArray(whole) && part.every((each, i) => isSubset(each, whole[i]));
  if (typeof part === 'object' && part !== null) {
    return (
      typeof whole === 'object' && whole !== null && Object.entries(part).every(([key, value]) => isSubset(value, (whole as Record<string, unknown>)[key]))
    );
  }
  return part === whole;
}
