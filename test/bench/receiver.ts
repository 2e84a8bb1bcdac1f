import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { whatPassesStaysYoung } from '../../src/cli/optimizer.ts';
import { openGateway } from '../../src/cli/running.ts';
import { loadConfigurationFolder, openLibrary } from '../../src/gateway/library/library.ts';
import { root } from '../root.ts';

// The gateway as the receipt stage measures it: all of the first commit, with translating left to others. `receiver.js DIR` prints its port,
// and for each line of input its processor time so far, in microseconds.
const config = join(root, 'samples/gateway');
const library = openLibrary({ root });
const loaded = loadConfigurationFolder(config, library);
const { configuration } = loaded;
if (!configuration) throw new Error('the sample configuration has errors');
const patient = { ...configuration, gateway: { ...configuration.gateway, limits: { ...configuration.gateway.limits, queue: 10_000_000, commit: 60_000 } } };
const running = await openGateway({
  library,
  loaded: { ...loaded, configuration: patient },
  config,
  data: process.argv[2]!,
  report: () => undefined,
  workers: 0,
  dispatch: false,
});
const url = await running.listen('127.0.0.1', 0);
whatPassesStaysYoung(); // as `serve` says it
process.stdout.write(`${new URL(url).port}\n`);
createInterface({ input: process.stdin }).on('line', () => {
  const { user, system } = process.cpuUsage();
  process.stdout.write(`${user + system}\n`);
});
