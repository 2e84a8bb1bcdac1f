import type { Place } from '../diagnostics/place.ts';
import type { Attribute, DictionaryClass } from '../dictionary/dictionary.ts';
import { disjoint } from './peers.ts';
import { edgesOf } from './edges.ts';
import { byClass, oncePerPlan, rowProblems, type ForecastKind, type Problem } from './forecast-rows.ts';
import { bending, bindOf, refusal } from './emit.ts';
import { valueText } from './instance.ts';
import type { AttributePlan, BindingPlan, ElementPlan, GroupPlan, NodePlan, Plan } from './plan.ts';

export type { ForecastKind } from './forecast-rows.ts';

export interface ForecastLoss {
  readonly path: string; // as in a loss: 'Declaration/TransportEquipment/Seal.ID'
  readonly wco: string | undefined;
  readonly kind: ForecastKind;
  readonly certain: boolean; // whenever it is stated; otherwise for some values or rows only
  readonly reason: string;
  readonly from: Place; // where the source map states it
  readonly to: Place | undefined; // where the target map would
}

export interface Forecast {
  readonly from: string;
  readonly to: string;
  readonly facts: number; // attributes and carried values that the source map can state
  readonly whole: number; // of them those that always arrive, as long as there is room
  readonly losses: readonly ForecastLoss[];
  readonly refusals: readonly string[]; // why the target might refuse to be built at all
  readonly holds: readonly Hold[]; // why the target cannot be written while the source is still being read
}

export interface Hold {
  readonly reason: string;
  readonly to: Place;
}

/** What of the facts of one map another cannot hold: from the two maps alone, before any message. */
export function forecast(from: Plan, to: Plan): Forecast {
  const losses: ForecastLoss[] = [];
  let facts = 0;
  let whole = 0;
  const targets = byClass(to);
  const sources = byClass(from);
  const taken = takersOf(to);
  const shared = sharedTexts(to);
  const ofRows = new Map<DictionaryClass, Problem[]>();
  for (const binding of from.bindings) {
    const rows = ofRows.get(binding.class) ?? rowProblems(binding.class, sources, targets);
    ofRows.set(binding.class, rows);
    for (const attribute of binding.attributes) {
      if (attribute.only === 'build') continue;
      facts++;
      const { path, wco } = attribute.attribute;
      const found = attributeProblems(from, attribute, taken.get(attribute.attribute) ?? [], shared);
      const hopeless = found.find(({ certain }) => certain);
      const reached = hopeless?.kind === 'element' ? [] : rows; // a row that is not written has no say in why
      const problems = (hopeless ? [hopeless] : found).concat(reached);
      for (const { kind, certain, reason, to: place } of problems) losses.push({ path, wco, kind, certain, reason, from: attribute.place, to: place });
      if (problems.every(({ kind }) => kind === 'often')) whole++;
    }
    const kept = binding.carry.map(({ name, place }) => ({ name, place }));
    for (const { element, place } of binding.attributes) if (element?.codec?.keepsUnknown) kept.push({ name: element.name, place });
    for (const { name, place } of kept) {
      facts++;
      if (from.name === to.name) whole++;
      else losses.push({ path: `${binding.class.path}.$carry.${name}`, wco: undefined, kind: 'private', certain: true, reason: `only ${from.name} understands it`, from: place, to: undefined }); // prettier-ignore
    }
  }
  const root = to.bindings[0]!.class;
  const isAlways = from.bindings[0]!.class === root; // a root beside the map's own is there only where something is stated of it
  const rootless = isAlways ? [] : [`${to.name} is about a ${root.path}, which ${from.name} does not always state: without it nothing is written`];
  return { from: from.name, to: to.name, facts, whole, losses: distinct(losses), refusals: [...rootless, ...keysOf(to)], holds: holdsOf(to) };
}

/** Without which keys nothing of a plan is written. */
const keysOf = oncePerPlan(({ bindings }): readonly string[] =>
  bindings.flatMap(({ merge, class: { path }, key }) =>
    merge === 'regroup' ? [`${path} is put together by ${key.map(({ name }) => name).join(' and ')}: without it, or with it twice, nothing is written`] : [],
  ),
);

interface Taker {
  readonly binding: BindingPlan;
  readonly taker: AttributePlan;
}

/** What of a plan is written from an attribute. */
const takersOf = oncePerPlan(({ bindings }): ReadonlyMap<Attribute, readonly Taker[]> => {
  const found = new Map<Attribute, Taker[]>();
  for (const binding of bindings)
    for (const taker of binding.attributes) {
      if (taker.only === 'parse') continue;
      const known = found.get(taker.attribute);
      if (known) known.push({ binding, taker });
      else found.set(taker.attribute, [{ binding, taker }]);
    }
  return found;
});

function attributeProblems(from: Plan, source: AttributePlan, takers: readonly Taker[], shared: Shared): Problem[] {
  if (takers.length === 0) return [{ kind: 'element', certain: true, reason: 'the target has no element for it', to: undefined }];
  const edges = edgesOf(from, source);
  return takers.flatMap(({ binding, taker }): Problem[] => {
    const { constant, element, place } = taker;
    const problem = (kind: ForecastKind, reason: string, certain = false): Problem[] => [{ kind, certain, reason, to: place }];
    if (constant !== undefined) {
      const says = 'a row that says nothing else is not written';
      const alone = [...(binding.group.parent ? problem('rows', says) : []), ...(binding.primary ? [] : problem('place', says))];
      if (source.constant === constant) return alone;
      const listed = source.element?.codec?.domain.kind === 'codes'; // only of codes the edges are all there is
      const differs = source.constant !== undefined || (listed && !edges.includes(constant));
      return [...problem('fixed', `the target always says \`${constant}\``, differs && takers.length === 1), ...alone];
    }
    if (!element) return [];
    const isBent = element.codec?.lossless === 'lossy';
    const domain = element.codec?.domain;
    const more = domain?.kind === 'quantity' ? (domain.units ?? []).map((unit) => ({ value: '1', unit })) : isBent && domain?.kind === 'text' ? scripts : [];
    const tried = [...edges, ...more.filter((value) => source.element && source.constant === undefined && refusal(source.element, value) === undefined)];
    const refused = tried.map((value) => ({ value, reason: refusal(element, value) })).filter(({ reason }) => reason !== undefined);
    const [first] = refused;
    const values = first
      ? problem('value', `\`${brief(valueText(first.value))}\`: ${first.reason!}`, refused.length === tried.length && takers.length === 1)
      : [];
    const formed = first ? undefined : formOf(source, element);
    const misfit = formed === undefined ? [] : problem('value', `it has to be ${formed}`);
    const room = first ? undefined : charactersOf(source, element);
    const long = room === undefined ? [] : problem('value', `it holds at most ${room} characters`);
    const bent = isBent ? tried.map((value) => bending(element, value)).find((note) => note !== undefined) : undefined;
    const written = bent === undefined ? [] : problem('value', bent);
    return [...values, ...misfit, ...long, ...written, ...placeProblems(element, binding, place, shared)];
  });
}

/** The form that a text must have, or the codes it must be one of, which the source does not ask of it: no edge shows what they refuse. Codes are all tried. */
function formOf({ element, constant }: AttributePlan, target: ElementPlan): string | undefined {
  if (constant !== undefined || element?.codec?.domain.kind === 'codes') return undefined;
  if (target.codec?.domain.kind === 'codes')
    return `one of ${target.codec.domain.values.slice(0, 5).join(', ')}${target.codec.domain.values.length > 5 ? ' …' : ''}`;
  if (target.codec && target.codec.domain.kind !== 'text') return undefined;
  const asked = new Set(element ? formsOf(element) : []);
  return formsOf(target).find((words) => !asked.has(words));
}

/** The characters that the target has room for, where nothing in the source keeps its text to as many: no edge shows how long a join may be. */
function charactersOf({ element, constant }: AttributePlan, target: ElementPlan): number | undefined {
  if (constant !== undefined || element?.codec?.domain.kind === 'codes' || (target.codec && target.codec.domain.kind !== 'text')) return undefined;
  const widest = ({ inputs }: ElementPlan): number =>
    Math.max(0, ...inputs.map((input) => (input.kind === 'text' ? (bindOf(input.group, input.text)?.format?.max ?? Infinity) : Infinity)));
  const room = widest(target);
  const stated = element && !element.codec ? widest(element) : Infinity;
  return target.inputs.length === 1 && stated > room ? room : undefined;
}

const formsOf = ({ inputs }: ElementPlan): string[] =>
  inputs.flatMap((input) => {
    const form = input.kind === 'text' ? bindOf(input.group, input.text)?.format?.form : undefined;
    return form ? [form.words] : [];
  });

/** Letters of other scripts, which a codec that writes what is near has to have a table for. */
const scripts = ['Ж', 'Ω', '上'];

const brief = (text: string): string => (text.length > 24 ? `${text.slice(0, 20)}…` : text);

/** What stands in the way though the value could be written: a condition, a node that is asked before, a text that serves two. */
function placeProblems(element: ElementPlan, { group }: BindingPlan, place: Place, shared: Shared): Problem[] {
  const reasons = new Set<string>();
  for (const input of element.inputs) {
    if (input.kind !== 'text') continue;
    if ((shared.counts.get(input.group)?.[input.text] ?? 0) > 1) reasons.add('another fact is written in the same text, and may say something else there');
    const node = input.group.slots.find(({ first, count }) => input.text >= first && input.text < first + count)?.node;
    if (node) for (const reason of hindrances(node)) reasons.add(reason);
    if (node && shared.whole && node.binds.length > 1) reasons.add(`${node.id} is written whole or not at all: what stands beside it may not fit`);
  }
  for (let at: GroupPlan | undefined = group; at; at = at.parent) if (at.node) for (const reason of hindrances(at.node)) reasons.add(reason);
  return [...reasons].map((reason) => ({ kind: 'place' as const, certain: false, reason, to: place }));
}

function hindrances(node: NodePlan): string[] {
  const { when, id, peers, together } = node;
  const crowded = peers.length > 1 && together < peers.reduce((sum, { max }) => sum + max, 0);
  const rivals = node.rivals.filter((rival) => !disjoint(rival, node));
  return [
    ...(when ? [`${id} is written only where its condition holds`] : []),
    ...(crowded ? [`${peers.map((each) => each.id).join(', ')} together occur ${together} times at most`] : []),
    ...(rivals.length > 0 ? [`${id} is not written where it would be read as ${rivals.map((rival) => rival.id).join(' or ')}`] : []),
  ];
}

interface Shared {
  readonly counts: ReadonlyMap<GroupPlan, readonly number[]>; // per text: how many facts are written in it
  readonly whole: boolean; // a unit that lacks what it must have is not written
}

const sharedTexts = oncePerPlan(({ bindings, groups, whole }): Shared => {
  const counts = new Map(groups.map((group) => [group, new Array<number>(group.width).fill(0)]));
  const elements = new Set(bindings.flatMap(({ attributes }) => attributes.flatMap(({ element, only }) => (element && only !== 'parse' ? [element] : []))));
  for (const { inputs } of elements) for (const input of inputs) if (input.kind === 'text') counts.get(input.group)![input.text]!++;
  return { counts, whole };
});

/** What two bindings of one class say alike is said once. */
function distinct(losses: readonly ForecastLoss[]): ForecastLoss[] {
  const byPath = new Map<string, number[]>();
  const kept: ForecastLoss[] = [];
  for (const each of losses) {
    const known = byPath.get(each.path);
    const twin = known?.find((at) => kept[at]!.kind === each.kind && kept[at]!.reason === each.reason);
    if (twin !== undefined) kept[twin] = each;
    else if (known) known.push(kept.push(each) - 1);
    else byPath.set(each.path, [kept.push(each) - 1]);
  }
  return kept;
}

/** M6: what of a format needs the whole message before it can be written. */
const holdsOf = oncePerPlan(({ groups, bindings }): readonly Hold[] => {
  const counts = groups.flatMap((group) =>
    group.elements.flatMap(({ name, codec, place, inputs }): Hold[] => {
      const derives = codec?.derives;
      if (!derives || derives.kind === 'counter') return [];
      const counted = groups.find((each) =>
        derives.kind === 'count' ? each.name === derives.of : each.elements.some((element) => element.name === derives.of),
      );
      let below = counted;
      while (below && below.parent !== group) below = below.parent;
      const node = group.slots.find(({ first, count }) =>
        inputs.some((input) => input.kind === 'text' && input.text >= first && input.text < first + count),
      )?.node;
      const isBefore = node !== undefined && below?.node !== undefined && group.nodes.indexOf(node) < group.nodes.indexOf(below.node);
      return isBefore ? [{ reason: `\`${name}\` is written before what it is the ${derives.kind} of`, to: place }] : [];
    }),
  );
  const merged = bindings.flatMap(({ merge, class: { path }, place }): Hold[] => {
    if (merge === 'none') return [];
    return [
      { reason: merge === 'embed' ? `${path} is repeated inside what refers to it` : `parts of ${path} that belong together may stand apart`, to: place },
    ];
  });
  return [...counts, ...merged];
});
