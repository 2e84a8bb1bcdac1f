import { BoundedFindings } from '../diagnostics/bounded.ts';
import { finding } from '../diagnostics/diagnostic.ts';
import type { Code } from '../diagnostics/codes.ts';
import type { Place } from '../diagnostics/place.ts';
import type { Origins } from '../dictionary/origin.ts';
import type { MessageHeader, Unit } from '../syntax/unit.ts';
import { noAtoms, type Loss } from './account.ts';
import type { Instance } from './instance.ts';
import { Losses, type LossOptions } from './losses.ts';
import type { Conflict } from './merge.ts';
import { Places } from './places.ts';
import type { NodePlan, Plan } from './plan.ts';

type Words = Readonly<Record<string, string>>;

/** What is told of a message while it is read: the fates of its atoms, what was lost and what was found, each with its place. */
export class Telling {
  readonly account = noAtoms();
  readonly findings = new BoundedFindings();
  readonly losses: Losses;
  readonly places: Places;
  readonly #message: number;
  readonly #origins: Origins;

  constructor(plan: Plan, header: MessageHeader, origins: Origins, options: LossOptions & { readonly source?: string }) {
    this.losses = new Losses(options);
    this.places = new Places(plan, header, options.source ?? '');
    this.#message = header.index;
    this.#origins = origins;
  }

  loseAtom(unit: Unit, atom: number, code: Code, args: Words, rule?: Place): void {
    this.#lose(code, args, (code, reason) => ({ code, value: unit.text(atom), source: this.places.of(unit.place(atom)), rule, reason }));
  }

  /** The text of a slot is lost. */
  lose(code: Code, args: Words, instance: Instance, text: number, value: string, rule: Place | undefined): void {
    this.#lose(code, args, (code, reason) => ({ code, value, source: this.places.ofText(instance, text, this.#origins), rule, reason }));
  }

  /** What was bound already is lost after all: another says something else. */
  forfeit({ path, kept, dropped }: Conflict, data: Place | undefined, rule: Place): void {
    const args = { path, first: kept, second: dropped };
    const source = data && { ...this.places.of(data), ...(data.edi ? { edi: { ...data.edi, message: this.#message } } : {}) };
    this.findings.tell('MAP_MERGE_CONFLICT', () => finding('MAP_MERGE_CONFLICT', args, { data: source, rule }));
    this.account.bound--;
    this.#lose('MAP_MERGE_CONFLICT', args, (code, reason) => ({ code, value: dropped, source, rule, reason }));
  }

  /** A finding about the text of a slot. */
  report(code: Code, args: Words, instance: Instance, text: number, rule: Place | undefined): void {
    this.findings.tell(code, () => finding(code, args, { data: this.places.ofText(instance, text, this.#origins), rule }));
  }

  /** A finding about a unit. */
  of(code: Code, unit: Unit, { place }: NodePlan, args: Words): void {
    this.findings.tell(code, () => finding(code, args, { data: this.places.of(unit.place()), rule: place }));
  }

  missing({ id, place }: NodePlan): void {
    this.findings.tell('MAP_MISSING', () => finding('MAP_MISSING', { unit: id }, { data: this.places.afterLast(), rule: place }));
  }

  #lose(code: Code, args: Words, make: (code: Code, reason: string) => Loss): void {
    this.account.lost++;
    this.losses.add(code, args, make);
  }
}
