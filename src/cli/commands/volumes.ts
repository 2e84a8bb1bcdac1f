import { viewVolumes, volumeDimensions, volumesCsv, type VolumeRow } from '../../gateway/views/volume-view.ts';
import { toleratedCsv, viewTolerated, type ToleratedRow } from '../../gateway/views/tolerated.ts';
import type { VolumeDimension } from '../../store/counting.ts';
import { ask, table } from '../bench-command.ts';
import { benchOptions } from '../client.ts';
import { UsageError, type Command, type ExitCode, type Io } from '../main.ts';

const day = /^\d{4}-\d{2}-\d{2}$/;

export const volumes: Command = {
  usage: [
    'portolan volumes --from DAY --to DAY [--by day,partner,agency,type] [--partner P] [--agency A] [--format csv|json] [--url URL --key KEY | --data DIR]',
    'portolan volumes tolerated --from DAY --to DAY [--partner P] [--format csv|json] [--url URL --key KEY | --data DIR]',
  ].join('\n       '),
  summary:
    'Messages, documents, kilo-characters, failures and latencies, counted from the log by the days of its entries (UTC). By agency it is what was delivered, else what was received. `tolerated`: the faults that were accepted because an agreement says so, by day, partner and code.',
  example: 'portolan volumes --from 2026-11-01 --to 2026-11-30 --by partner,type --format csv --url http://127.0.0.1:8080 --key demo-operator',
  options: {
    ...benchOptions,
    from: { type: 'string' },
    to: { type: 'string' },
    by: { type: 'string' },
    partner: { type: 'string' },
    agency: { type: 'string' },
  },
  only: { by: [''], agency: [''] },
  args: [0, 1],
  formats: ['csv'],
  run(io) {
    const { from, to, partner, agency } = io.options as Readonly<Record<string, string | undefined>>;
    if (io.args[0] !== undefined && io.args[0] !== 'tolerated') throw new UsageError(`\`${io.args[0]}\` is not tolerated`);
    if (from === undefined || to === undefined || !day.test(from) || !day.test(to)) throw new UsageError('--from and --to are days: 2026-11-01');
    if (io.args[0] !== undefined) return tolerated(io, { from, to, ...(partner === undefined ? {} : { partner }) });
    const named = String(io.options['by'] ?? 'day').split(',');
    for (const name of named) if (!(volumeDimensions as readonly string[]).includes(name)) throw new UsageError(`--by is of ${volumeDimensions.join(', ')}, not \`${name}\``); // prettier-ignore
    const by = volumeDimensions.filter((name) => named.includes(name));
    const query = { from, to, ...(partner === undefined ? {} : { partner }), ...(agency === undefined ? {} : { agency }) };
    return ask(
      io,
      `/v1/volumes?${new URLSearchParams({ ...query, by: by.join(',') }).toString()}`,
      ({ store }) => viewVolumes(store, { ...query, by }),
      (found: { readonly items: readonly VolumeRow[] }) => (io.options['format'] === 'csv' ? volumesCsv(found, by) : lines(found.items, by)),
    );
  },
};

function lines(items: readonly VolumeRow[], by: readonly VolumeDimension[]): string {
  const rows = items.map((row) => [
    ...by.map((name) => row[name] ?? ''),
    ...[row.messages, row.documents, row.kiloCharacters, row.failures, row.medianMs, row.p95Ms].map((figure) => String(figure ?? '')),
  ]);
  return table([...by, 'messages', 'documents', 'kilo-characters', 'failures', 'median ms', 'p95 ms'], rows);
}

function tolerated(io: Io, query: { readonly from: string; readonly to: string; readonly partner?: string }): Promise<ExitCode> {
  if (io.args[0] !== 'tolerated') throw new UsageError(`\`${io.args[0]!}\` is no kind of volumes: \`tolerated\` is`);
  return ask(
    io,
    `/v1/tolerated?${new URLSearchParams({ ...query }).toString()}`,
    ({ store }) => viewTolerated(store, query),
    (found: { readonly items: readonly ToleratedRow[] }) => {
      if (io.options['format'] === 'csv') return toleratedCsv(found);
      const rows = found.items.map(({ day, partner, code, messages, deviation = '' }) => [day, partner, code, String(messages), deviation]);
      return table(['day', 'partner', 'code', 'messages', 'deviation'], rows);
    },
  );
}
