import { conformance, type Verdict } from '../../channels/adapter/conformance.ts';
import { UsageError, type Command } from '../main.ts';
import { readJson } from '../source.ts';

export const channel: Command = {
  usage: 'portolan channel check [--settings FILE] [--peer FILE] [--patience SECONDS] [--json] -- COMMAND [ARGUMENTS]',
  summary:
    'Drives an adapter through the channel contract (src/channels/adapter/CONTRACT.md) and says of each case whether it held: hand-over, repeat, several at once, large and damaged bodies, malformed frames, slow answers, crashes, stop. The JSON files are the `settings` the adapter is told; with --peer a second one is started, to which what the first is handed arrives. Exit code 1 where a case failed.',
  example: 'portolan channel check --settings adapters/matip/sample/caller.json --peer adapters/matip/sample/listener.json -- node adapters/matip/matip.mjs',
  options: { settings: { type: 'string' }, peer: { type: 'string' }, patience: { type: 'string' } },
  args: [2, 100],
  async run({ args, options, out }) {
    const [verb, ...command] = args;
    if (verb !== 'check') throw new UsageError(`\`${verb ?? ''}\` is not check`);
    const patience = Number(options['patience'] ?? 30);
    if (!(patience > 0 && patience <= 3600)) throw new UsageError('--patience is a number of seconds');
    const verdicts: Verdict[] = [];
    const peer = options['peer'] === undefined ? undefined : readJson(String(options['peer']));
    const settings = options['settings'] === undefined ? {} : readJson(String(options['settings']));
    for await (const verdict of conformance({ command, settings, ...(peer && { peer }), patience: patience * 1000 })) {
      verdicts.push(verdict);
      if (options['json'] !== true) out(line(verdict));
    }
    const count = (kind: Verdict['verdict']): number => verdicts.filter(({ verdict }) => verdict === kind).length;
    if (options['json'] === true) out(`${JSON.stringify({ cases: verdicts }, null, 2)}\n`);
    else out(`${count('held')} held, ${count('failed')} failed, ${count('skipped')} skipped\n`);
    return count('failed') > 0 ? 1 : 0;
  },
};

function line(verdict: Verdict): string {
  const { name, says } = verdict;
  return verdict.verdict === 'held'
    ? `held     ${name}: ${says} (${verdict.ms} ms)\n`
    : `${verdict.verdict.padEnd(8)} ${name}: ${verdict.reason}\n           ${says}\n`;
}
