import type { Value } from '../dictionary/rows.ts';
import { fate, type Instance } from './instance.ts';
import type { CompiledCodec } from './codecs/codec.ts';
import type { ElementPlan, GroupPlan } from './plan.ts';

/** An element that is read, and the texts of the instance without any of which it says nothing: most of what a map provides for is not there. */
export interface Reading {
  readonly text: number; // without which it says nothing, where it is one of the instance's own; else -1
  readonly plain: number; // the text that is the value as it stands, else -1
  readonly slot: number; // of the attribute that it states; -1 for none
  readonly first: number; // text, else -1
  readonly second: number;
  readonly glance: CompiledCodec['glance']; // of a codec that has no other inputs
  readonly own: readonly number[] | undefined; // its texts where it has no other inputs
  readonly texts: readonly number[] | undefined; // undefined: texts of outer groups are among its inputs
  readonly name: string; // under which it is carried; '' otherwise
  readonly keepsUnknown: boolean;
  readonly element: ElementPlan;
}

/**
 * All from this one literal: objects that were spread together are each of another shape to the engine, and to look into them is many
 * times as slow. What is asked of every one stands first, and so lies together in the memory.
 */
export function reading(element: ElementPlan, group: GroupPlan, slot = -1, name = ''): Reading {
  const inputs = element.inputs.flatMap((input) => (input.kind === 'text' ? [input] : []));
  const texts = inputs.every((input) => input.group === group) ? inputs.map(({ text }) => text) : undefined;
  const own = texts?.length === element.inputs.length ? texts : undefined;
  const { codec } = element;
  const glance = own && !codec?.alternatives ? codec?.glance : undefined;
  const [first = -1, second = -1] = own ?? [];
  const text = texts?.length === 1 || (glance && !codec?.list) ? texts![0]! : -1;
  return { text, plain: codec ? -1 : text, slot, first, second, glance, own, texts, name, keepsUnknown: codec?.keepsUnknown ?? false, element };
}

/** Whether it is known at once that an element says nothing here. */
export function isSilent({ text, texts }: Reading, stated: readonly (string | undefined)[]): boolean {
  if (text >= 0) return stated[text] === undefined;
  if (texts === undefined) return false;
  for (let i = 0; i < texts.length; i++) if (stated[texts[i]!] !== undefined) return false;
  return true;
}

/** A text that is the value as it stands. */
export function take({ texts, consumed }: Instance, text: number): string | undefined {
  const value = texts[text];
  if (value !== undefined) consumed[text] = fate.bound;
  return value;
}

/** The value of an element whose codec takes its texts at first sight; they are then accounted for. */
export function glanced({ glance, own, first, second }: Reading, { texts, consumed }: Instance): Value | undefined {
  if (glance === undefined) return undefined;
  const text = texts[first];
  if (text === undefined) return undefined;
  for (let i = 2; i < own!.length; i++) if (texts[own![i]!] !== undefined) return undefined;
  const beside = second < 0 ? undefined : texts[second];
  const value = glance(text, beside);
  if (value === undefined) return undefined;
  consumed[first] = fate.bound;
  if (beside !== undefined) consumed[second] = fate.bound;
  return value;
}

/** The texts of an element that has no other inputs. */
export function textsOf(own: readonly number[], { texts }: Instance): (string | undefined)[] {
  if (own.length === 1) return [texts[own[0]!]];
  if (own.length === 2) return [texts[own[0]!], texts[own[1]!]];
  const all: (string | undefined)[] = [];
  for (let i = 0; i < own.length; i++) all.push(texts[own[i]!]);
  return all;
}

/** All of its texts that are there are in the value. */
export function bindAll(own: readonly number[], { texts, consumed }: Instance): void {
  for (let i = 0; i < own.length; i++) if (texts[own[i]!] !== undefined) consumed[own[i]!] = fate.bound;
}

/** Where a value was read: that of the first of its texts that is there. */
export function originOf({ element, plain, own }: Reading, instance: Instance): number {
  if (plain >= 0) return instance.origins[plain]!;
  if (own !== undefined) {
    for (let i = 0; i < own.length; i++) if (instance.texts[own[i]!] !== undefined) return instance.origins[own[i]!]!;
    return -1;
  }
  for (const input of element.inputs) {
    if (input.kind !== 'text') continue;
    const from = instance.of(input.group);
    if (from.texts[input.text] !== undefined) return from.origins[input.text]!;
  }
  return -1;
}
