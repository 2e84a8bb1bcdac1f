import type { Code } from '../diagnostics/codes.ts';
import type { Place } from '../diagnostics/place.ts';
import { keyElement } from '../syntax/unit.ts';
import type { SegmentDirectory } from '../syntax/segmented.ts';
import { checkTypes } from './check-types.ts';
import type { BindingPlan, ElementPlan, GroupPlan, NodePlan } from './plan.ts';

type Report = (code: Code, args: Readonly<Record<string, string>>, rule: Place | undefined) => void;

/** M4: what a format wants must come from somewhere, and rows that repeat must be told apart. M5: what repeats needs room, and what is read must fit. */
export function checkCompleteness(groups: readonly GroupPlan[], directory: SegmentDirectory | undefined, report: Report): void {
  const written = writtenTexts(groups);
  for (const group of groups) {
    if (group.node) checkSources(group.node, group, directory, written, report);
    for (const node of flat(group.nodes)) if (!node.opens) checkSources(node, group, directory, written, report);
    for (const binding of group.bindings) {
      checkKey(binding, groups, report);
      checkRivals(binding, report);
      checkRoom(binding, report);
      checkWidths(binding, report);
      checkTypes(binding, report);
    }
  }
}

const flat = (nodes: readonly NodePlan[]): NodePlan[] => nodes.flatMap((node) => (node.opens ? [node] : [node, ...flat(node.nodes)]));

/** The texts that a build can fill, by group. */
function writtenTexts(groups: readonly GroupPlan[]): ReadonlyMap<GroupPlan, ReadonlySet<number>> {
  const found = new Map(groups.map((group) => [group, new Set<number>()]));
  const add = ({ inputs }: ElementPlan): void => {
    for (const input of inputs) if (input.kind === 'text') found.get(input.group)!.add(input.text);
  };
  for (const { bindings, elements } of groups) {
    for (const { attributes, carry } of bindings) {
      for (const { element, only } of attributes) if (element && only !== 'parse') add(element);
      for (const { element } of carry) add(element);
    }
    for (const element of elements) if (element.codec?.fate) add(element);
  }
  return found;
}

/** An element that the directory wants whenever its unit, or its composite, is written: bound to something that is written, or constant. */
function checkSources(
  node: NodePlan,
  group: GroupPlan,
  directory: SegmentDirectory | undefined,
  written: ReadonlyMap<GroupPlan, ReadonlySet<number>>,
  report: Report,
): void {
  if (!directory || node.kind !== 'segment' || node.ignored) return;
  const constants = [...node.selectors, ...node.fixed].filter(({ text }) => text !== '').map(({ key }) => key);
  const sources = new Set([...constants, ...node.binds.filter(({ text }) => written.get(group)!.has(text)).map(({ key }) => key)]);
  if (sources.size === 0 && node.binds.length > 0 && node.min === 0) return; // all of it is parse-only: it is never written
  const used = new Set([...sources].map(keyElement));
  const seen = new Set<number>();
  for (const { id, key } of directory.positions(node.tag)) {
    const wanted = directory.element(node.tag, id)?.required;
    const composite = keyElement(key);
    if (wanted === undefined || sources.has(key) || (wanted === 'composite' && !used.has(composite)) || (wanted === 'some' && (used.has(composite) || seen.has(composite)))) continue; // prettier-ignore
    seen.add(composite);
    report('MAP_NO_SOURCE', { unit: node.id, id }, node.place);
  }
}

/** A row that repeats is told from its siblings by a key: this map must state it. */
function checkKey(binding: BindingPlan, groups: readonly GroupPlan[], report: Report): void {
  const { class: cls, merge, group } = binding;
  if (!cls.many || merge === 'embed' || cls.key.length === 0 || (cls.key.length > 1 && cls.refers === undefined)) return;
  if (group === groups[0] || (group.node?.max ?? 1) === 1) return; // alone, it needs none
  for (const name of cls.key) if (!states(binding, name.split('.'), groups)) report('MAP_NO_KEY', { class: cls.path, key: name }, binding.place);
}

/** Rows of one class beside each other, each told apart by a constant: the one without it could be any of them. */
function checkRivals(binding: BindingPlan, report: Report): void {
  const rivals = binding.rivals.filter(({ group }) => group === binding.group);
  const [first, ...others] = rivals.map(({ attributes }) => attributes.flatMap(({ attribute, constant }) => (constant === undefined ? [] : [attribute.name])));
  const key = first?.find((name) => others.every((names) => names.includes(name)));
  if (key === undefined || binding.attributes.some(({ attribute }) => attribute.name === key)) return;
  report('MAP_NO_KEY', { class: binding.class.path, key }, binding.place);
}

function states(binding: BindingPlan, [name, ...rest]: readonly string[], groups: readonly GroupPlan[]): boolean {
  if (rest.length === 0) return binding.attributes.some(({ attribute, only }) => attribute.name === name && only !== 'build');
  return groups.some(({ bindings }) => bindings.some((each) => each.parent === binding && each.class.name === name && states(each, rest, groups)));
}

/** A group that repeats below its parent cannot be a class of which there is one. */
function checkRoom({ class: cls, parent, group, merge, place }: BindingPlan, report: Report): void {
  if (cls.many || merge !== 'none' || !parent) return;
  for (let at: GroupPlan | undefined = group; at && at !== parent.group; at = at.parent)
    if (at.node && at.node.max > 1) return report('MAP_NO_ROOM', { group: at.name, class: cls.path, max: String(at.node.max) }, place);
}

/** What the wire can hold and the dictionary cannot. */
function checkWidths({ attributes }: BindingPlan, report: Report): void {
  for (const { attribute, element, only, place } of attributes) {
    if (!element || only === 'build' || !('max' in attribute.type) || element.width === undefined) continue;
    const isText = element.codec === undefined || element.codec.domain.kind === 'text';
    const wire = Math.min(element.codec?.list ? element.width * element.inputs.length : element.width, element.codec?.domain.kind === 'text' ? (element.codec.domain.max ?? Infinity) : Infinity); // prettier-ignore
    if (isText && wire > attribute.type.max)
      report(
        'MAP_NARROWS',
        {
          name: element.name,
          wire: wire === Infinity ? 'any number of' : String(wire),
          wireZh: wire === Infinity ? '任意數目' : String(wire),
          path: attribute.path,
          max: String(attribute.type.max),
        },
        place,
      );
  }
}
