import { findingJson } from '../../diagnostics/json.ts';
import { renderFindings } from '../../diagnostics/text.ts';
import { inTheWay, restoreFolder } from '../../store/backup.ts';
import { UsageError, type Command } from '../main.ts';
import { openSource, readWhole } from '../source.ts';

export const restore: Command = {
  usage: 'portolan restore FILE --data DIR [--checkpoint FILE] [--json]',
  summary:
    'Puts a backup into a data folder in which nothing is but `keys`, kept apart from backups, and perhaps `log`. Every entry, record and content is verified before it is there, and that it contains what was published: --checkpoint FILE, or DIR/log/checkpoint.',
  example: 'portolan restore portolan-backup.db --data data',
  options: { data: { type: 'string' }, checkpoint: { type: 'string' } },
  args: [1, 1],
  async run({ args: [file], options, language, out, tell }) {
    const { data, checkpoint } = options;
    if (typeof data !== 'string') throw new UsageError('--data DIR is missing');
    if (file === '-') throw new UsageError('a backup is read from a file, not from standard input');
    const [other] = inTheWay(data);
    if (other !== undefined) throw new UsageError(`${data} is not empty (${other}): a backup is restored where nothing is but keys and log`);
    openSource(file!).close(); // whether it can be read is asked before the keys are
    const { findings, ...rest } = restoreFolder(file!, data, typeof checkpoint === 'string' ? readWhole(checkpoint).toString('utf8') : undefined);
    if (options['json']) out(`${JSON.stringify({ ...rest, findings: findings.map((each) => findingJson(each, undefined, language)) }, null, 2)}\n`);
    else out(`${data}: ${rest.ok ? 'restored and verified' : 'NOT restored'}: ${rest.entries} entries\n`);
    if (!options['json'] && findings.length > 0) tell(renderFindings(findings, { language }));
    return rest.ok ? 0 : 1;
  },
};
