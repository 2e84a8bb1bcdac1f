import type { ValueType } from '../dictionary/dictionary.ts';
import type { Value } from '../dictionary/rows.ts';
import type { Domain } from './codecs/codec.ts';
import { refusal } from './emit.ts';
import { firstBinds } from './generate-values.ts';
import type { AttributePlan, BindPlan, ElementPlan, Plan } from './plan.ts';

/**
 * The values at the edges of what a map can state of an attribute: the longest, the shortest, every code, every precision.
 * What another map can write of all of them it can write of those between; so a loss is known before any message.
 */
export function edgesOf(plan: Plan, source: AttributePlan): readonly Value[] {
  let edges = known.get(source);
  if (!edges) known.set(source, (edges = makeEdges(plan, source)));
  return edges;
}

const known = new WeakMap<AttributePlan, readonly Value[]>();

function makeEdges(plan: Plan, { attribute, element, constant, only }: AttributePlan): readonly Value[] {
  if (constant !== undefined) return [constant];
  if (!element) return [];
  const bind = firstBinds(plan).get(element);
  const candidates = candidatesOf(element.codec?.domain ?? { kind: 'text' }, attribute.type, element, bind);
  return only === 'parse' ? candidates : candidates.filter((value) => refusal(element, value) === undefined);
}

const beyond = 512; // characters of a text that nothing limits

function candidatesOf(domain: Domain, type: ValueType, element: ElementPlan, bind: BindPlan | undefined): readonly Value[] {
  const wire = element.codec?.list ? (element.width ?? beyond) * element.inputs.length : (element.width ?? Infinity);
  const stated = 'max' in type ? type.max : 'digits' in type ? type.digits : Infinity;
  const width = Math.min(wire, Math.max(stated, 1), beyond);
  switch (domain.kind) {
    case 'codes':
      return domain.values;
    case 'integer':
      return ['1', '0', '-1', '9'.repeat(Math.min(width, domain.digits ?? 18))];
    case 'decimal':
      return decimals(width, domain.scale);
    case 'quantity':
      return (domain.units ?? ['KGM', 'ZZ', '']).flatMap((unit) => decimals(Math.min(width, 18), domain.scale).map((value) => ({ value, unit })));
    case 'datetime':
      return moments;
    case 'text': {
      if (type.kind === 'indicator') return ['true', 'false'];
      const longest = Math.min(width, domain.max ?? Infinity);
      if (bind?.format?.type === 'n') return decimals(longest, undefined);
      const texts = ['A', 'A'.repeat(longest)];
      return bind?.format?.type === 'a'
        ? texts
        : [...texts, '1', '9'.repeat(longest), 'a', 'A b', 'ä', "'", '-', '1.5', ...(type.kind === 'datetime' ? moments : [])];
    }
  }
}

function decimals(width: number, scale: number | undefined): readonly string[] {
  const fraction = Math.min(scale ?? 6, Math.max(width - 1, 0));
  const whole = '9'.repeat(Math.min(width, 18));
  return fraction > 0 ? ['1', '0', '-1', whole, '1.5', `1.${'5'.repeat(fraction)}`] : ['1', '0', '-1', whole];
}

const precisions = ['2026', '2026-01', '2026-01-02', '2026-01-02T03:04', '2026-01-02T03:04:05'];
const moments: readonly string[] = [...precisions, '2026-01-02T03:04Z', '2026-01-02T03:04+08:00', '2026-01-02T03:04:05+08:00'];
