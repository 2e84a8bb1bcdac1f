import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Dictionary } from '../dictionary/dictionary.ts';
import type { Rows, Value } from '../dictionary/rows.ts';
import { unknownName, type Loaded } from '../language/loaded.ts';
import { named } from './paths.ts';
import { testSideOf } from './test-mode.ts';

/** Rules as data: a document that meets every condition of a route goes to its agencies. */
export interface Route {
  readonly route: string;
  readonly when?: {
    readonly maps?: readonly string[]; // a map, or all below it: `un/…`
    readonly partners?: readonly string[];
    readonly where?: readonly Condition[];
  };
  readonly to: readonly string[];
  readonly policy?: Policy;
  readonly priority?: Priority;
}

/** Which delivery goes first of those that wait for the same recipient; `normal` where nothing is said. */
export type Priority = 'high' | 'normal' | 'bulk';

/**
 * What becomes of a document when something was lost on its way: `send` it all the same, `hold` it for an operator, or
 * `fail`. A route that does not say holds: nothing leaves incomplete because nobody thought of it.
 */
export type Policy = 'send' | 'hold' | 'fail';

/** Met where one row has a value that satisfies it. `country` looks at the first two letters, as in UN/LOCODE. */
export interface Condition {
  readonly path: string;
  readonly in?: readonly string[];
  readonly country?: readonly string[];
  readonly present?: true;
}

export interface RouteFile {
  readonly routes: readonly Route[];
}

/** What the decision may look at. */
export interface RoutedDocument {
  readonly map: string; // of the message as it came
  readonly partner: string;
  readonly rows: Rows;
  readonly test?: boolean; // then it goes to the test side of agencies
}

export interface Delivery {
  readonly agency: string;
  readonly reasons: readonly string[];
  readonly policy: Policy; // of several routes the most careful
  readonly priority?: Priority; // of several routes the most urgent
}

/** Where a document goes, and why. Pure: the same document and routes give the same deliveries, years later too. */
export function decideDeliveries(document: RoutedDocument, routes: readonly Route[]): Delivery[] {
  const found = new Map<string, { reasons: string[]; policy: Policy; priority?: Priority }>();
  for (const route of routes) {
    const met = meets(document, route);
    if (met === undefined) continue;
    const { policy = 'hold', priority } = route;
    for (const agency of route.to) {
      const so = found.get(agency) ?? { reasons: [], policy };
      const urgent = mostUrgent(so.priority, priority);
      found.set(agency, { reasons: [...so.reasons, `${route.route}: ${met}`], policy: careful(so.policy, policy), ...(urgent && { priority: urgent }) });
    }
  }
  return [...found].map(([agency, delivery]) => ({ agency: document.test === true ? testSideOf(agency) : agency, ...delivery }));
}

const policies: readonly Policy[] = ['send', 'hold', 'fail'];
const careful = (a: Policy, b: Policy): Policy => policies[Math.max(policies.indexOf(a), policies.indexOf(b))]!;

const priorities: readonly Priority[] = ['high', 'normal', 'bulk'];
const mostUrgent = (a: Priority | undefined, b: Priority | undefined): Priority | undefined =>
  a && b ? priorities[Math.min(priorities.indexOf(a), priorities.indexOf(b))] : (a ?? b);

/** The reason in words, or undefined where a condition is not met. */
function meets({ map, partner, rows }: RoutedDocument, { when = {} }: Route): string | undefined {
  const said: string[] = [];
  if (when.maps) {
    const prefix = when.maps.find((name) => map === name || map.startsWith(`${name}/`));
    if (prefix === undefined) return undefined;
    said.push(`the message is ${map}`);
  }
  if (when.partners) {
    if (!when.partners.includes(partner)) return undefined;
    said.push(`the sender is ${partner}`);
  }
  for (const condition of when.where ?? []) {
    if (!holds(condition, rows)) return undefined;
    said.push(`${condition.path} is ${rangeOf(condition)}`);
  }
  return said.length === 0 ? 'every document' : said.join(' and ');
}

/** Never the document's value: it would show one agency, through its reason, what it may not see. Nor a list: the others in it are others' affair, or whom somebody looks for. */
function rangeOf({ present, in: values = [], country = [] }: Condition): string {
  const [only, ...more] = [...values, ...country];
  if (present || only === undefined) return 'present';
  return more.length === 0 ? `one of ${only}` : `one of ${more.length + 1} values`;
}

function holds(condition: Condition, rows: Rows): boolean {
  const wanted = new Map<number, number[]>(); // slots by class
  for (const { cls, attribute } of named(condition.path, rows.dictionary)) wanted.set(cls.index, [...(wanted.get(cls.index) ?? []), attribute.slot]);
  for (let row = 0; row < rows.size; row++) {
    const slots = wanted.get(rows.classIndex(row));
    if (slots && !rows.removed(row) && slots.some((slot) => satisfies(condition, rows.get(row, slot)))) return true;
  }
  return false;
}

function satisfies(condition: Condition, value: Value | undefined): boolean {
  if (value === undefined) return false;
  const text = typeof value === 'string' ? value : value.value;
  return condition.present === true || condition.in?.includes(text) === true || condition.country?.includes(text.slice(0, 2)) === true;
}

export interface Known {
  readonly agencies: readonly string[];
  readonly partners: readonly string[];
  readonly maps: readonly string[];
  readonly dictionary: Dictionary;
}

/** Names in routes that nothing has. */
export function checkRoutes(file: Loaded<RouteFile>, known: Known): Diagnostic[] {
  const findings: Diagnostic[] = [];
  file.value.routes.forEach((route, r) => {
    const at = (...keys: (string | number)[]) => file.at('routes', r, ...keys);
    route.to.forEach((name, i) => {
      if (!known.agencies.includes(name)) findings.push(unknownName('agency', name, at('to', i), known.agencies));
    });
    route.when?.partners?.forEach((name, i) => {
      if (!known.partners.includes(name)) findings.push(unknownName('partner', name, at('when', 'partners', i), known.partners));
    });
    route.when?.maps?.forEach((name, i) => {
      if (!known.maps.some((map) => map === name || map.startsWith(`${name}/`))) findings.push(unknownName('map', name, at('when', 'maps', i), known.maps));
    });
    route.when?.where?.forEach((condition, i) => {
      if (named(condition.path, known.dictionary).length === 0)
        findings.push(
          finding('CONFIG_UNKNOWN_NAME', { what: 'attribute', name: condition.path }, { rule: at('when', 'where', i, 'path'), actual: condition.path }),
        );
    });
  });
  return findings;
}
