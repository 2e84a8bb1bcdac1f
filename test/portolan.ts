import { setFlagsFromString } from 'node:v8';
import { main } from '../src/cli/main.ts';

// The command line as a process of its own, from the same build as the tests; optimized as bin/portolan is.
if (!['serve', 'bench'].includes(process.argv[2] ?? '')) setFlagsFromString('--interrupt-budget=1000000');
process.exitCode = await main(process.argv.slice(2));
