import { join } from 'node:path';
import { asItPays, whatPassesStaysYoung } from '../../src/cli/optimizer.ts';
import { openGateway, translatingThreads } from '../../src/cli/running.ts';
import { loadConfigurationFolder, openLibrary } from '../../src/gateway/library/library.ts';
import { root } from '../root.ts';

// The sample gateway as it runs, for the stage of the whole path: `path-gateway.js DIR` prints its port,
// then on each line of input how many documents have been sent, and the processor time so far, in microseconds.
const config = join(root, 'samples/gateway');
const library = openLibrary({ root });
const loaded = loadConfigurationFolder(config, library);
let sent = 0;
const report = ({ event }: { readonly event: string }): void => void (sent += event === 'sent' ? 1 : 0);
const running = await openGateway({ library, loaded, config, data: process.argv[2]!, report, workers: translatingThreads });
const url = await running.listen('127.0.0.1', 0);
asItPays(); // as `serve` does
whatPassesStaysYoung();
process.stdout.write(`${new URL(url).port}\n`);
process.stdin.on('data', () => {
  const { user, system } = process.cpuUsage();
  process.stdout.write(`${sent} ${user + system}\n`);
});
