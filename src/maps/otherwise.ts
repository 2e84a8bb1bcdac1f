import { readIso } from '../language/moment.ts';
import { isMapping } from './codecs/arguments.ts';
import type { CodecArgument } from './codecs/codec.ts';
import type { OutInterchange } from '../syntax/unit.ts';
import { formatProblem, plainText } from './emit.ts';
import type { Instance } from './instance.ts';
import { noFact, type Instances } from './instances.ts';
import { plain } from './load.ts';
import type { ElementModel, Reporter } from './model.ts';
import type { ElementPlan } from './plan.ts';

/** What a header says for itself: a word, or what is known of the envelope. */
export type Otherwise = { readonly word: string } | { readonly of: keyof Envelope };

/** What is known of what a message travels in; what is not known is not there. */
export interface Envelope {
  readonly sender?: string | undefined;
  readonly recipient?: string | undefined;
  readonly reference?: string | undefined;
  readonly prepared?: string | undefined; // ISO date and time, to the second
}

/** What is written around a message says this of the envelope; a time that is not whole, or not in the calendar, says nothing. */
export function envelopeOf({ sender, recipient, reference, preparedAt = '' }: Partial<OutInterchange>): Envelope {
  const [, century, date = '', hour, minute] = /^(\d\d)?(\d{6}):(\d\d)(\d\d)/.exec(preparedAt) ?? [];
  const day = `${century ?? (date < '70' ? '20' : '19')}${date.slice(0, 2)}-${date.slice(2, 4)}-${date.slice(4)}`;
  const stated = `${day}T${hour}:${minute}:00`;
  const prepared = date === '' || typeof readIso(stated) === 'string' ? undefined : stated;
  return { sender: sender || undefined, recipient: recipient || undefined, reference: reference || undefined, prepared };
}

const fields: readonly (keyof Envelope)[] = ['sender', 'recipient', 'reference', 'prepared'];

/** Reads `otherwise: envelope.sender` or `otherwise: Creation` of an element. */
export function compileOtherwise({ name, at: declaration }: ElementModel, reporter: Reporter): Otherwise | undefined {
  const written = plain(declaration) as CodecArgument;
  const said = isMapping(written) ? written['otherwise'] : undefined;
  if (said === undefined) return undefined;
  const of = fields.find((field) => said === `envelope.${field}`);
  if (of) return { of };
  if (typeof said === 'string' && !said.startsWith('envelope.')) return { word: said };
  const problem = `\`otherwise\` is a word or one of ${fields.map((field) => `\`envelope.${field}\``).join(', ')}`;
  reporter.report('MAP_CODEC_ARGUMENT', { name, problem }, declaration);
  return undefined;
}

/**
 * Fills what the facts leave open of the message, or of an instance that no row stands for, and is written because a format wants it there. It is no fact
 * of the message: it is not counted, and what a fact states, written or not, stays as it is. Whether the envelope said any of it.
 */
export function sayOtherwise(instance: Instance, envelope: Envelope | undefined, instances: Instances, onOneLine: boolean): boolean {
  let says = false;
  if (!envelope) return says;
  for (const element of instances.otherwise(instance.group)) {
    const { codec, inputs, width, otherwise } = element;
    if (!otherwise || instances.states(element, instance.group)) continue;
    const given = 'of' in otherwise ? envelope[otherwise.of] : undefined;
    const printed = given === undefined ? undefined : codec ? codec.print(given, width) : plainText(given, onOneLine);
    const texts = 'word' in otherwise ? [otherwise.word] : printed?.ok ? printed.texts : [];
    inputs.forEach((input, i) => {
      const text = texts[i];
      if (input.kind !== 'text' || text === undefined || input.group !== instance.group || instance.texts[input.text] !== undefined) return;
      if (formatProblem(input.group, input.text, text) !== undefined) return;
      instance.texts[input.text] = text;
      instance.facts[input.text] = noFact.derived;
      says ||= given !== undefined;
    });
  }
  return says;
}

/** A word that there is nothing; not where there is something that could not be written. */
export function sayWord(element: ElementPlan, word: string, instance: Instance, instances: Instances): void {
  const [input] = element.inputs;
  if (input?.kind !== 'text') return;
  const holder = instance.of(input.group);
  if (holder.texts[input.text] !== undefined || instances.states(element, instance.group)) return;
  holder.texts[input.text] = word;
  holder.facts[input.text] = noFact.weak;
}
