import { codes, type Code, type Retry } from '../diagnostics/codes.ts';

/** A fault of the machine or of the data folder. `code` says the remedy, `retry` whether the same call may succeed later. */
export class StoreError extends Error {
  readonly code: Code;
  readonly args: Readonly<Record<string, string>>;
  constructor(code: Code, args: Readonly<Record<string, string>> = {}, cause?: unknown) {
    super(`${code}: ${codes[code].title.replace(/\{(\w+)\}/g, (_, name: string) => args[name] ?? '')}`, { cause });
    this.name = 'StoreError';
    this.code = code;
    this.args = args;
  }
  get retry(): Retry {
    return codes[this.code].retry;
  }
}
