import type { Severity } from '../../diagnostics/codes.ts';
import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Place } from '../../diagnostics/place.ts';
import type { Layout } from './layout.ts';
import type { RecordUnit } from './record-unit.ts';

/**
 * What is said of the last record, where the input ends without an end of it: an error where it was cut short, a warning or less where
 * nobody can tell. Undefined where it is as long as it can be.
 */
export function unterminated({ isBlank, fields, order, start, end, plan, tag }: RecordUnit, { form }: Layout, data: Place): Diagnostic | undefined {
  if (isBlank) return undefined;
  const said = (severity: Severity, fault: string): Diagnostic => finding('RECORDS_UNTERMINATED', { record: tag || 'the line', fault }, { data, severity });
  if (form.kind === 'delimited') {
    if (order && fields < order.length) return said('error', `has no line end, and ${fields} fields of ${order.length}`);
    return said(order ? 'info' : 'warning', 'has no line end');
  }
  const [length, width] = [end - start, form.width || plan.width];
  if (length >= width) return undefined;
  return form.lines ? said('warning', 'has no line end') : said('error', `has ${length} bytes of ${width}`);
}
