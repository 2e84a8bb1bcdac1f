import { pino } from 'pino';
import { codes } from '../diagnostics/codes.ts';
import type { Report } from '../gateway/delivery/dispatch.ts';

/**
 * The operator's log: one line an event, with code, who must act, retry class and ids; never a payload. The payload is in
 * the evidence, by the index of its entry.
 */
export function operatorLog(destination: { write(text: string): void } = process.stdout, level = 'info'): Report {
  const log = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, redact: { paths: ['bytes', 'content', 'body', 'authorization'], censor: '[payload]' } },
    destination,
  );
  return ({ event, code, ...rest }) => {
    const row = code === undefined ? undefined : codes[code];
    const fields = code === undefined ? rest : { code, actor: row!.actor, retry: row!.retry, ...rest };
    if (row === undefined) log.info(fields, event);
    else if (row.severity === 'warning' || row.severity === 'info') log.warn(fields, event);
    else log.error(fields, event);
  };
}
