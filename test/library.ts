import { openLibrary, type Library } from '../src/gateway/library/library.ts';
import { root } from './root.ts';

/** The shipped maps, dictionary, directories and rules: opened once for all test files of a process. */
export const library: Library = openLibrary({ root });
