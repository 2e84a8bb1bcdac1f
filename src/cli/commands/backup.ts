import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { backupFolder } from '../../store/backup.ts';
import { ofCopy } from '../fault.ts';
import { UsageError, type Command } from '../main.ts';
import { naming } from '../output.ts';

export const backup: Command = {
  usage: 'portolan backup --data DIR --out FILE',
  summary: 'A consistent copy of the store, also while the gateway runs. The keys are not in it: keep DIR/keys apart, and keep it.',
  example: 'portolan backup --data data --out portolan-backup.db',
  options: { data: { type: 'string' }, out: { type: 'string' } },
  args: [0, 0],
  async run({ options, out, tell }) {
    const { data, out: file } = options;
    if (typeof data !== 'string' || typeof file !== 'string') throw new UsageError('--data DIR and --out FILE are needed');
    if (existsSync(file)) throw new UsageError(`--out: \`${file}\` is there, and no backup is overwritten; name another file`);
    naming(file, () => statSync(dirname(file)));
    await backupFolder(data, file).catch((error: unknown) => {
      throw ofCopy(error, file);
    });
    const { size } = statSync(file);
    if (options['json']) out(`${JSON.stringify({ file, size }, null, 2)}\n`);
    else out(`${file}: ${size} bytes\n`);
    tell(`the keys in ${data}/keys are not in it: without them nothing can be read or go on\n`);
    return 0;
  },
};
