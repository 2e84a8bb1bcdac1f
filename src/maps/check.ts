import type { Place } from '../diagnostics/place.ts';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Code } from '../diagnostics/codes.ts';
import { checkCompleteness } from './check-completeness.ts';
import type { CodeTable } from './codecs/codec.ts';
import { refsOf } from '../language/expression.ts';
import type { SegmentDirectory } from '../syntax/segmented.ts';
import { contains, disjoint } from './peers.ts';
import type { BindingPlan, ElementPlan, GroupPlan, NodePlan, SlotPlan } from './plan.ts';

/**
 * What can be known of a map before any message: M2 (at most one node matches), M3 (every line can be turned round),
 * and of M4 that every bound slot has a home. M1 (names that are not there) is found while compiling.
 */
export function checkPlan(
  groups: readonly GroupPlan[],
  tables: readonly CodeTable[],
  directory: SegmentDirectory | undefined,
  tablePlace: (name: string) => Place | undefined,
): Diagnostic[] {
  const findings: Diagnostic[] = [];
  const report = (code: Code, args: Readonly<Record<string, string>>, rule: Place | undefined): void => void findings.push(finding(code, args, { rule }));
  for (const table of tables) findings.push(...checkTable(table, tablePlace(table.name)));
  const homes = homesOf(groups);
  for (const group of groups) {
    checkDeterminism(group.nodes, report);
    checkRepetition(group.nodes, report);
    checkConditions(group.nodes, group, report);
    checkHomes(group, homes, report);
  }
  checkInversion(groups, report);
  checkClasses(groups, report);
  checkCompleteness(groups, directory, report);
  return findings;
}

/** What is wrong with a code table by itself. */
export const checkTable = ({ name, problems, faults }: CodeTable, rule: Place | undefined): Diagnostic[] =>
  problems.map((problem) =>
    faults.includes(problem)
      ? finding('MAP_SHAPE', { message: `the code table \`${name}\`: ${problem}` }, { rule })
      : finding('MAP_NO_INVERSE', { name, problem }, { rule }),
  );

type Report = (code: Code, args: Readonly<Record<string, string>>, rule: Place | undefined) => void;

/** M2: two nodes of one run may match the same segment only where one is more specific than the other. */
function checkDeterminism(nodes: readonly NodePlan[], report: Report): void {
  nodes.forEach((first, i) => {
    for (const second of nodes.slice(i + 1)) {
      if (second.tag !== first.tag || (second.run !== first.run && second.kind === 'segment')) continue;
      // When the first is full the second takes over; elements come in their order, so there it need not hold more.
      const full = first.max < (first.kind === 'element' ? Infinity : second.max) && first.selectors.length === second.selectors.length;
      if (full || disjoint(first, second) || contains(first, second) || contains(second, first) || first.when || second.when) continue;
      const constants = [...first.selectors, ...second.selectors].map((each) => `${each.id}=${each.text}`);
      report('MAP_AMBIGUOUS', { first: first.id, second: second.id, example: `${first.tag}[${[...new Set(constants)].join(',')}]` }, second.place);
    }
    if (first.kind === 'element' && !first.opens) checkDeterminism(first.nodes, report);
  });
}

/** A node that repeats and binds needs a group: otherwise the second instance has no slots of its own. */
function checkRepetition(nodes: readonly NodePlan[], report: Report): void {
  for (const node of nodes) {
    if (node.max > 1 && !node.opens && (node.binds.length > 0 || node.nodes.some((inner) => inner.binds.length > 0))) {
      report('MAP_SHAPE', { message: `${node.id} repeats and binds slots: make it a \`group\` of its own` }, node.place);
    }
    if (!node.opens) checkRepetition(node.nodes, report);
  }
}

/** `when` sees what was read before it: slots of earlier nodes of the group, and of groups around it. */
function checkConditions(nodes: readonly NodePlan[], group: GroupPlan, report: Report): void {
  const before = new Set<string>();
  for (let outer = group.parent; outer; outer = outer.parent) for (const slot of outer.slots) before.add(slot.name);
  const own = (node: NodePlan): SlotPlan[] => group.slots.filter((slot) => slot.node === node);
  const walk = (list: readonly NodePlan[]): void => {
    for (const node of list) {
      if (node.when) for (const name of refsOf(node.when)) if (!before.has(name)) report('MAP_WHEN_UNDECIDABLE', { name }, node.place);
      for (const slot of own(node)) before.add(slot.name);
      if (!node.opens) walk(node.nodes);
    }
  };
  if (group.node) for (const slot of own(group.node)) before.add(slot.name);
  walk(nodes);
}

/** M4: a bound slot that no class takes would vanish between the layers. */
function checkHomes(group: GroupPlan, homes: ReadonlyMap<GroupPlan, ReadonlySet<number>>, report: Report): void {
  for (const slot of group.slots) if (!homes.get(group)?.has(slot.first)) report('MAP_NO_HOME', { name: slot.name }, slot.use ?? slot.place);
}

/** The texts of each group that an element reads which has a fate of its own or which a class takes. */
function homesOf(groups: readonly GroupPlan[]): ReadonlyMap<GroupPlan, ReadonlySet<number>> {
  const used = new Set<ElementPlan | undefined>();
  for (const { bindings } of groups) {
    for (const { attributes, carry, mode } of bindings) {
      for (const { element } of [...attributes, ...carry]) used.add(element);
      used.add(mode?.element);
    }
  }
  const homes = new Map(groups.map((group) => [group, new Set<number>()]));
  for (const { elements } of groups) {
    for (const element of elements) {
      if (!element.codec?.fate && !used.has(element)) continue;
      for (const input of element.inputs) if (input.kind === 'text') homes.get(input.group)?.add(input.text);
    }
  }
  return homes;
}

/** M3: on build every slot is written by one attribute; what is only read, or only written, must say so. */
function checkInversion(groups: readonly GroupPlan[], report: Report): void {
  const written = new Set<ElementPlan>();
  const told = new Set<ElementPlan>();
  for (const { bindings } of groups) {
    for (const { merge, attributes } of bindings) {
      for (const { element, only, place } of attributes) {
        if (!element || only === 'parse' || merge !== 'none') continue;
        if (element.codec?.only !== undefined && element.codec.only !== only) {
          report('MAP_NO_INVERSE', { name: element.name, problem: `its codec only ${element.codec.only === 'parse' ? 'reads' : 'writes'}` }, place);
        }
        if (written.has(element) && !told.has(element)) {
          told.add(element);
          report('MAP_BOUND_TWICE', { name: element.name, how: 'given to an attribute' }, place);
        }
        written.add(element);
      }
    }
  }
}

/** M3: rows of a class that two groups bind below one parent would be written twice, unless constants tell them apart. */
function checkClasses(groups: readonly GroupPlan[], report: Report): void {
  const seen: BindingPlan[] = [];
  for (const binding of groups.flatMap((group) => group.bindings)) {
    if (binding.merge === 'embed') continue;
    const twin = seen.find((each) => each.class === binding.class && each.parent === binding.parent && !toldApart(each, binding));
    if (twin)
      report(
        'MAP_BOUND_TWICE',
        { name: binding.class.path, how: `bound by the groups \`${twin.group.name}\` and \`${binding.group.name}\`, that is` },
        binding.place,
      );
    seen.push(binding);
  }
}

/** By a constant that one of them states and the other does not, or not so: a row that states it is written by that one. */
const toldApart = (a: BindingPlan, b: BindingPlan): boolean => statesOwn(a, b) || statesOwn(b, a);
const statesOwn = (a: BindingPlan, b: BindingPlan): boolean =>
  a.attributes.some(
    (one) =>
      one.constant !== undefined && one.only !== 'parse' && !b.attributes.some((other) => other.attribute === one.attribute && other.constant === one.constant),
  );
