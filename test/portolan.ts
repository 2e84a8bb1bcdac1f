import { main } from '../src/cli/main.ts';
import { beforeItPays } from '../src/cli/optimizer.ts';

// The command line as a process of its own, from the same build as the tests; optimized as bin/portolan is.
beforeItPays();
process.exitCode = await main(process.argv.slice(2));
