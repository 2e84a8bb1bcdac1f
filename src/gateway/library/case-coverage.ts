import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Coverage, coverWritten, type Direction } from '../../maps/coverage.ts';
import { readMessages } from '../../maps/laws/wire.ts';
import { loadYaml, textAt } from '../../maps/load.ts';
import type { Plan } from '../../maps/plan.ts';
import { findCases } from './cases.ts';
import type { Library } from './library.ts';
import { wireOf } from './wire.ts';

/** What the cases of all maps reach of some: by reading their inputs, and by writing what they are to become. A code table that several use counts once. */
export function coverByCases(library: Library, plans: readonly Plan[], config?: string): ReadonlyMap<Plan, Coverage> {
  const wire = wireOf(library);
  const shared = new Map<string, Set<Direction>>();
  const coverages = new Map(plans.map((plan) => [plan, new Coverage(plan, shared)]));
  for (const folder of findCases(library.root, undefined, config)) {
    const { root } = loadYaml({ path: 'case.yaml', text: readFileSync(join(folder, 'case.yaml'), 'utf8') });
    const input = readdirSync(folder).find((file) => file.startsWith('input.'));
    const [map, to, law] = ['map', 'to', 'law'].map((key) => root && textAt(root, key));
    const source = map === undefined ? undefined : library.catalog.plan(map);
    const target = to === undefined ? undefined : library.catalog.plan(to);
    if (!source || input === undefined || ![source, target].some((plan) => plan && coverages.has(plan))) continue;
    const read = readMessages(wire, source, readFileSync(join(folder, input)), (unit) => coverages.get(source)?.saw('read', unit));
    const written = [target, law === 'all' ? source : undefined].flatMap((plan) => (plan ? (coverages.get(plan) ?? []) : []));
    for (const { parsed } of read) for (const coverage of parsed ? written : []) coverWritten(coverage, wire, parsed!.rows);
  }
  return coverages;
}
