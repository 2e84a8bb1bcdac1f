import { setFlagsFromString } from 'node:v8';

/**
 * How soon V8 makes optimized code of a function, by the bytes of it that have run. Most commands are over, and a gateway has started, before
 * code that is made as soon as V8 would pays for its making.
 */
export const beforeItPays = (): void => setFlagsFromString('--interrupt-budget=1000000');

/** As V8 has it where nothing is said; soon, since the threads of a gateway that listens still read their maps. */
export const asItPays = (): void => void setTimeout(() => setFlagsFromString('--interrupt-budget=67584'), 2_000).unref();

/**
 * What is made for a request is gone with it. But where some collections met most requests under way, V8 makes a part of each in old memory
 * from then on, and there it holds the rest of its request until all of the memory is looked through: under load every request was copied
 * twice. To be said before the first one comes; it is said of all threads.
 */
export const whatPassesStaysYoung = (): void => setFlagsFromString('--no-allocation-site-pretenuring');
