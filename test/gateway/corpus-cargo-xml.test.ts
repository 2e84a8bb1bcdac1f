import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { readBytes } from '../../src/gateway/translation/syntax.ts';
import { noAtoms } from '../../src/maps/account.ts';
import { library } from '../maps/fixture.ts';
import { shared } from '../root.ts';

const folder = shared === undefined ? '' : join(shared, 'corpus/cargo-xml');

t.test(
  'air waybills of Cargo-XML that other people wrote: known, and nothing of them is lost',
  { skip: !existsSync(folder) && 'the corpus is not here' },
  (t) => {
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.xml'));
    const sum = noAtoms();
    for (const file of files) {
      let read = 0;
      readBytes(library(), readFileSync(join(folder, file)), {
        message({ plan, parsed, findings }) {
          read++;
          t.equal(plan?.name, 'iata/xfwb/3', file);
          t.same(
            findings.filter(({ severity }) => severity === 'error').map(({ code }) => code),
            [],
            file,
          );
          const { account, losses } = parsed!;
          for (const fate of ['total', 'bound', 'selector', 'fixed', 'derived', 'ignored', 'lost'] as const) sum[fate] += account[fate];
          t.same([account.lost, account.ignored, losses], [0, 0, []], `${file}: ${account.total} atoms, nothing lost, nothing left out`);
        },
      });
      t.equal(read, 1, `${file} is one message`);
    }
    t.equal(files.length, 4);
    t.comment(`cargo-xml: ${Object.entries(sum).map(([fate, count]) => `${fate} ${count}`).join(', ')}`); // prettier-ignore
    t.end();
  },
);
