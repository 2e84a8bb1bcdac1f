import { viewInterchange, viewMessage } from '../../gateway/view.ts';
import type { FindingJson } from '../../diagnostics/json.ts';
import type { LossView } from '../../gateway/loss-view.ts';
import { ask, table } from '../bench-command.ts';
import { benchOptions, beside } from '../client.ts';
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
  readonly timeline: readonly { readonly index: number; readonly at: string; readonly kind: string; readonly party?: string; readonly stage?: string }[];
}

export const show: Command = {
  usage: 'portolan show ID [--url URL --key KEY | --data DIR] [--json]',
  summary: 'One interchange or message: its timeline, its outcome for each agency, what was found and what was lost.',
  example: 'portolan show 01JD8Z6Q0000000000000000AB-1 --url http://127.0.0.1:8080 --key demo-operator',
  options: benchOptions,
  args: [1, 1],
  run(io) {
    const id = io.args[0]!;
    const isMessage = id.includes('-');
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
    `received ${shown.receivedAt}${shown.partner ? ` from ${shown.partner}` : ''}${shown.type ? `, ${shown.type}` : ''}${shown.map ? `, read with ${shown.map}` : ''}`,
  ];
  const outcomes = (shown.outcomes ?? []).map(({ agency, state, map, lossCount, reasons }) => [agency, state, map, `${lossCount} lost`, reasons.join('; ')]);
  const messages = (shown.messages ?? []).map(({ id, type, state }) => [id, type ?? '', state]);
  const findings = (shown.findings ?? []).map(
    ({ severity, code, message, count, source }) =>
      `  ${severity} ${code}: ${message}${count === undefined ? '' : ` (${count} times)`}${source?.segment === undefined ? '' : ` (segment ${source.segment}, ${source.tag ?? ''})`}`,
  );
  const losses = (shown.losses ?? []).map(({ code, reason, value }) => `  ${code}: ${reason} \`${value}\``);
  const steps = shown.timeline.map(({ index, at, kind, party, stage }) => [String(index), at, kind, party ?? '', stage ?? '']);
  return [
    `${head.join('\n')}\n`,
    outcomes.length > 0 ? `\n${table(['agency', 'state', 'map', 'losses', 'why'], outcomes)}` : '',
    messages.length > 0 ? `\n${table(['message', 'type', 'state'], messages)}` : '',
    typeof shown.next === 'number' ? `and more: those after the ${shown.next}th are had from /v1/interchanges/${shown.id}?after=${shown.next}\n` : '',
    findings.length > 0 ? `\nfindings\n${findings.join('\n')}\n` : '',
    losses.length > 0 ? `\nlosses (${shown.lossCount ?? losses.length})\n${losses.join('\n')}\n` : '',
    `\n${table(['entry', 'at', 'step', 'party', 'content'], steps)}`,
  ].join('');
}
