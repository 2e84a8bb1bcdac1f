import type { Severity } from '../diagnostics/codes.ts';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Place } from '../diagnostics/place.ts';
import { KeyTable } from '../dictionary/key-table.ts';
import type { Rows } from '../dictionary/rows.ts';
import { evaluate, type Expression, type Instances, type Lookup } from '../language/expression.ts';
import { follow, followAll, readFact, shown, type FactPath } from './fact-path.ts';
import { nearestPlace } from './nearest-place.ts';
import { here, namesIn, type Rule, type RulePlan } from './rule.ts';

/** Rules that were chosen, with the weight each has. They are asked together: one pass over the rows. */
export class RuleBook {
  readonly rules: readonly Rule[];
  readonly #byClass: (Asked[] | undefined)[]; // by class index, up to the last that a rule is about
  readonly #all: readonly Asked[];

  constructor(rules: readonly Rule[], severity: (rule: Rule) => Severity = ({ text }) => text.severity) {
    this.rules = rules;
    this.#all = rules.flatMap((rule) => rule.plans.map((plan) => new Asked(plan, severity(rule))));
    this.#byClass = new Array<Asked[] | undefined>(1 + Math.max(-1, ...this.#all.map(({ plan }) => plan.cls.index)));
    for (const each of this.#all) (this.#byClass[each.plan.cls.index] ??= []).push(each);
  }

  /** What the rules say against the facts. A rule whose facts are missing says nothing, unless it is about their being there. */
  check(rows: Rows): readonly Diagnostic[] {
    for (const each of this.#all) each.begin(rows);
    for (let row = 0; row < rows.size; row++) {
      const asked = this.#byClass[rows.classIndex(row)];
      if (!asked || !isStated(rows, row)) continue;
      for (const each of asked) each.ask(row);
    }
    return this.#all.flatMap((each) => each.end());
  }
}

/** Rows of a change that are deleted or only named are not what a rule is about; nor what hangs below nothing. */
function isStated(rows: Rows, row: number): boolean {
  if (rows.removed(row) || rows.parent(row) < -1) return false;
  const mode = rows.mode(row);
  return mode !== 'delete' && mode !== 'unchanged';
}

const kept = 100; // findings of one rule; beyond them their number is told
const beside = 5; // other facts that a finding names

/** One rule at one class, with the row that it is asked of. The names of its expressions lead here: they are bound once, not for each message. */
class Asked {
  readonly plan: RulePlan;
  readonly #severity: Severity;
  readonly #lookup: Lookup;
  readonly #instances: Instances;
  readonly #seen: KeyTable;
  #rows!: Rows;
  #row = -1;
  #findings: Diagnostic[] = [];
  #count = 0;

  constructor(plan: RulePlan, severity: Severity) {
    this.plan = plan;
    this.#severity = severity;
    this.#seen = new KeyTable(undefined);
    this.#lookup = (name) => this.#text(name);
    const inside = new Map<string, Lookup>();
    let instance = -1;
    for (const [group, { facts }] of plan.groups) {
      inside.set(group, (name) => {
        if (name.startsWith(here)) return this.#text(name.slice(here.length));
        const fact = facts.get(name);
        return fact && readFact(this.#rows, instance, fact);
      });
    }
    const each = function* (rows: Rows, row: number, group: string): Generator<Lookup> {
      const lookup = inside.get(group)!;
      for (const found of followAll(rows, row, plan.groups.get(group)!.way)) {
        instance = found;
        yield lookup;
      }
    };
    this.#instances = (group) => (plan.groups.has(group) ? each(this.#rows, this.#row, group) : undefined);
  }

  begin(rows: Rows): void {
    this.#rows = rows;
    this.#findings = [];
    this.#count = 0;
  }

  ask(row: number): void {
    this.#row = row;
    const { when, assert, unique } = this.plan;
    if (when && this.#value(when) !== true) return;
    if (assert && this.#value(assert) === false) this.#tell(row, this.#placesIn(assert));
    if (unique) this.#once(row, unique);
  }

  end(): readonly Diagnostic[] {
    this.#seen.clear();
    const more = this.#count - this.#findings.length;
    const found = this.#findings;
    this.#findings = [];
    return more > 0 ? [...found, finding('FINDINGS_MORE', { code: this.plan.rule.id, count: String(more) })] : found;
  }

  #value(expression: Expression): string | boolean | undefined {
    return evaluate(expression, this.#lookup, this.#instances);
  }

  #text(name: string): string | undefined {
    const value = this.plan.values.get(name);
    if (value) return this.#value(value)?.toString();
    const fact = this.plan.facts.get(name);
    return fact && readFact(this.#rows, this.#row, fact);
  }

  #once(row: number, { facts, climb }: NonNullable<RulePlan['unique']>): void {
    let among = row;
    for (let i = 0; i < climb; i++) among = this.#rows.parent(among);
    const values = facts.map((fact) => readFact(this.#rows, row, fact));
    if (values.includes(undefined)) return;
    const key = `${among}\0${values.join('\0')}`;
    const first = this.#seen.get(key);
    if (first === undefined) this.#seen.set(key, row);
    else this.#tell(row, [...facts.map((fact) => ({ from: row, fact })), ...facts.map((fact) => ({ from: first, fact }))]);
  }

  #tell(row: number, facts: readonly Seen[]): void {
    if (++this.#count > kept) return;
    const { rule } = this.plan;
    const [main] = facts.filter(({ from }) => from === row).flatMap((each) => this.#stated(each)); // what it says of others is beside it
    const others = facts.flatMap((each) => this.#stated(each)).filter(({ path, place }) => path !== main?.path || place?.start !== main.place?.start);
    const message = (text: string): string => text.replace(/\{([^}]*)\}/g, (_, name: string) => this.#written(name));
    this.#findings.push(
      finding(
        'RULE_BROKEN',
        { rule: rule.id, message: message(rule.text.message), messageZh: message(rule.text['zh-Hant']), path: main?.path ?? this.plan.cls.path },
        {
          severity: this.#severity,
          data: main?.place ?? nearestPlace(this.#rows, row),
          rule: rule.place,
          actual: main?.value,
          related: others.map(({ path, value, place }) => finding('RULE_FACT', { path, value }, { data: place })),
        },
      ),
    );
  }

  /** The facts an expression speaks of: those of the row first, then those that a total ran over. */
  #placesIn(expression: Expression): readonly Seen[] {
    const names = namesIn(expression).flatMap(({ name, group }) => {
      const value = group === undefined ? this.plan.values.get(name) : undefined;
      return value ? namesIn(value) : [{ name, group }];
    });
    const own: Seen[] = [];
    const totalled: Seen[] = [];
    for (const { name, group } of names) {
      if (group === undefined || name.startsWith(here)) {
        const fact = this.plan.facts.get(name.replace(/^here\./, ''));
        if (fact) own.push({ from: this.#row, fact });
        continue;
      }
      const { way, facts } = this.plan.groups.get(group)!;
      for (const from of followAll(this.#rows, this.#row, way)) {
        if (totalled.length > beside) break;
        totalled.push({ from, fact: facts.get(name)! });
      }
    }
    const seen = new Set<string>();
    return [...own, ...totalled].filter(({ from, fact }) => {
      const id = `${from} ${fact.attribute.path}`;
      return !seen.has(id) && seen.add(id).size <= beside + 1;
    });
  }

  /** A fact with its value, where there is one. */
  #stated({ from, fact }: Seen): readonly { readonly path: string; readonly value: string; readonly place: Place | undefined }[] {
    const row = follow(this.#rows, from, fact);
    const value = row < 0 ? undefined : this.#rows.get(row, fact.attribute.slot);
    return value === undefined ? [] : [{ path: fact.attribute.path, value: shown(value), place: this.#rows.originPlace(row, fact.attribute.slot) }];
  }

  #written(name: string): string {
    if (this.plan.values.has(name)) return this.#text(name) ?? '—';
    const fact = this.plan.facts.get(name);
    if (!fact) return '—';
    return fact.part === 'value' ? (this.#stated({ from: this.#row, fact })[0]?.value ?? '—') : (this.#text(name) ?? '—');
  }
}

/** A fact, seen from a row. */
interface Seen {
  readonly from: number;
  readonly fact: FactPath;
}
