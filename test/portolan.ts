import { main } from '../src/cli/main.ts';

// The command line as a process of its own, from the same build as the tests.
process.exitCode = await main(process.argv.slice(2));
