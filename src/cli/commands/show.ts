import { viewInterchange, viewMessage } from '../../gateway/views/view.ts';
import { keptPlace, type FindingJson, type SourceJson } from '../../diagnostics/json.ts';
import { describePlace } from '../../diagnostics/place.ts';
import { setsOf, type Sets } from '../../gateway/views/sets.ts';
import type { LossView } from '../../gateway/views/loss-view.ts';
import { ask, table } from '../bench-command.ts';
import { benchOptions, beside } from '../client.ts';
import { libraryFor } from '../library.ts';
import type { Command } from '../main.ts';

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly partner?: string | null;
  readonly type?: string | null;
  readonly map?: string | null;
  readonly receivedAt: string;
  readonly findings?: readonly FindingJson[];
  readonly losses?: readonly LossView[];
  readonly lossCount?: number;
  readonly outcomes?: readonly {
    readonly agency: string;
    readonly state: string;
    readonly map: string;
    readonly lossCount: number;
    readonly reasons: readonly string[];
  }[];
  readonly messages?: readonly Shown[];
  readonly next?: number | null; // of an interchange with more messages
  readonly grade?: string | null;
  readonly hops?: readonly { readonly hop: string; readonly party: string | null; readonly tookMs: number; readonly afterMs: number }[];
  readonly timeline: readonly {
    readonly index: number;
    readonly at: string;
    readonly kind: string;
    readonly message?: string;
    readonly party?: string;
    readonly stage?: string;
  }[];
}

export const show: Command = {
  usage: 'portolan show ID [--sets] [--url URL --key KEY | --data DIR] [--json]',
  summary:
    'One interchange or message: its timeline, its outcome for each agency, what was found and what was lost. --sets: of what a message speaks, and whether all that belongs to it has come and agrees.',
  example: 'portolan show 01JD8Z6Q0000000000000000AB-1 --url http://127.0.0.1:8080 --key demo-operator',
  options: { ...benchOptions, sets: { type: 'boolean' } },
  args: [1, 1],
  run(io) {
    const id = io.args[0]!;
    const isMessage = id.includes('-');
    if (io.options['sets'])
      return ask(
        io,
        `/v1/messages/${encodeURIComponent(id)}/sets`,
        ({ store }) => setsOf({ store, library: libraryFor({}), configuration: undefined }, id, beside),
        setLines,
      );
    return ask(
      io,
      `/v1/${isMessage ? 'messages' : 'interchanges'}/${encodeURIComponent(id)}`,
      ({ store }) => (isMessage ? viewMessage : viewInterchange)(store, id, beside),
      lines,
    );
  },
};

function lines(shown: Shown): string {
  const head = [
    `${shown.id}  ${shown.state}`,
    `received ${shown.receivedAt}${shown.partner ? ` from ${shown.partner}` : ''}${shown.type ? `, ${shown.type}` : ''}${shown.map ? `, read with ${shown.map}` : ''}${shown.grade ? `, evidence of grade ${shown.grade}` : ''}`,
  ];
  const outcomes = (shown.outcomes ?? []).map(({ agency, state, map, lossCount, reasons }) => [agency, state, map, `${lossCount} lost`, reasons.join('; ')]);
  const messages = (shown.messages ?? []).map(({ id, type, state }) => [id, type ?? '', state]);
  const findings = (shown.findings ?? []).map(
    ({ severity, code, message, count, source }) => `  ${severity} ${code}: ${message}${count === undefined ? '' : ` (${count} times)`}${whereOf(source)}`,
  );
  const losses = (shown.losses ?? []).map(({ code, reason, value, source }) => `  ${code}: ${reason} \`${value}\`${whereOf(source)}`);
  const many = (shown.messages ?? []).length > 1 || typeof shown.next === 'number';
  const steps = shown.timeline.map(({ index, at, kind, message, party, stage }) => [
    String(index),
    at,
    kind,
    ...(many ? [message?.split('-')[1] ?? ''] : []),
    party ?? '',
    stage ?? '',
  ]);
  const hops = (shown.hops ?? []).map(({ hop, party, tookMs, afterMs }) => [hop, party ?? '', `${tookMs} ms`, `${afterMs} ms`]);
  return [
    `${head.join('\n')}\n`,
    outcomes.length > 0 ? `\n${table(['agency', 'state', 'map', 'losses', 'why'], outcomes)}` : '',
    messages.length > 0 ? `\n${table(['message', 'type', 'state'], messages)}` : '',
    typeof shown.next === 'number' ? `and more: those after the ${shown.next}th are had from /v1/interchanges/${shown.id}?after=${shown.next}\n` : '',
    findings.length > 0 ? `\nfindings\n${findings.join('\n')}\n` : '',
    losses.length > 0 ? `\nlosses (${shown.lossCount ?? losses.length})\n${losses.join('\n')}\n` : '',
    hops.length > 0 ? `\n${table(['hop', 'party', 'took', 'after receipt'], hops)}` : '',
    `\n${table(['entry', 'at', 'step', ...(many ? ['message'] : []), 'party', 'content'], steps)}`,
  ].join('');
}

const whereOf = (source: SourceJson | undefined): string => (source === undefined ? '' : ` (${describePlace(keptPlace(source))})`);

function setLines({ sets, more, unread }: Sets): string {
  const lines = sets.flatMap(({ title, key, state, documents, waitingFor, differing }) => [
    `${title} ${key}: ${state}`,
    ...documents.map(({ document, messages }) => `  ${document}: ${messages.join(', ')}`),
    ...waitingFor.map((what) => `  waiting for ${what}`),
    ...differing.map(({ fact, stated }) => `  ${fact}: ${stated.map(({ document, value }) => `${document} \`${value}\``).join(', ')}`),
  ]);
  return `${[...lines, ...(more > 0 ? [`and ${more} more`] : []), ...(unread > 0 ? [`${unread} messages were not looked at: their facts are too many`] : []), ...(lines.length === 0 ? ['it belongs to no set'] : [])].join('\n')}\n`;
}
