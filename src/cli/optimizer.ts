import { setFlagsFromString } from 'node:v8';

/**
 * How soon V8 makes optimized code of a function, by the bytes of it that have run. Most commands are over, and a gateway has started, before
 * code that is made as soon as V8 would pays for its making.
 */
export const beforeItPays = (): void => setFlagsFromString('--interrupt-budget=1000000');

/** As V8 has it where nothing is said; soon, since the threads of a gateway that listens still read their maps. */
export const asItPays = (): void => void setTimeout(() => setFlagsFromString('--interrupt-budget=67584'), 2_000).unref();
