import { findingJson } from '../../diagnostics/json.ts';
import { renderFindings } from '../../diagnostics/text.ts';
import { verifyFolder } from '../../store/verify-folder.ts';
import { UsageError, type Command } from '../main.ts';
import { readWhole } from '../source.ts';

export const verify: Command = {
  usage: 'portolan verify --data DIR [--checkpoint FILE] [--json]',
  summary:
    'Verifies a whole store, beside its owner: every entry, record, content, tile and checkpoint. --checkpoint is one that somebody kept: the log must still contain what it covered.',
  example: 'portolan verify --data data',
  options: { data: { type: 'string' }, checkpoint: { type: 'string' } },
  args: [0, 0],
  async run({ options, language, out, tell }) {
    const { data, checkpoint } = options;
    if (typeof data !== 'string') throw new UsageError('--data DIR is missing');
    const { findings, ...rest } = verifyFolder(data, typeof checkpoint === 'string' ? readWhole(checkpoint).toString('utf8') : undefined);
    if (options['json']) out(`${JSON.stringify({ ...rest, findings: findings.map((each) => findingJson(each, undefined, language)) }, null, 2)}\n`);
    else {
      out(`${data}: ${rest.ok ? 'verified' : 'NOT in order'}: ${Object.entries(rest).flatMap(([name, value]) => (typeof value === 'number' ? [`${value} ${name}`] : [])).join(', ')}\n`); // prettier-ignore
      if (!rest.sealed) tell('there is no key here, so what is sealed was not opened\n');
      if (findings.length > 0) tell(renderFindings(findings, { language }));
    }
    return rest.ok ? 0 : 1;
  },
};
