import type { Code } from '../diagnostics/codes.ts';
import type { Place } from '../diagnostics/place.ts';
import type { ValueType } from '../dictionary/dictionary.ts';
import { checkValue } from '../dictionary/value.ts';
import type { Domain } from './codecs/codec.ts';
import type { BindingPlan } from './plan.ts';

type Report = (code: Code, args: Readonly<Record<string, string>>, rule: Place | undefined) => void;

/**
 * M5: what an element means is of the type that the dictionary gives the attribute. Where no message could ever make it so, the map is wrong, and
 * not its senders; whether one text is a number is asked of each message.
 */
export function checkTypes({ attributes }: BindingPlan, report: Report): void {
  for (const { attribute, element, constant, place } of attributes) {
    const { type, path } = attribute;
    const reason = constant === undefined ? misfit(element?.codec?.domain ?? { kind: 'text' }, type) : checkValue(type, constant);
    if (reason !== undefined) report('MAP_TYPE', { name: constant ?? element?.name ?? '', path, reason }, place);
  }
}

/** Why no value of `domain` is of `type`, in words that complete "the value …"; undefined where one may be. */
function misfit(domain: Domain, type: ValueType): string | undefined {
  const one = type.kind === 'quantity' || type.kind === 'amount' ? { value: '1', unit: 'X' } : undefined;
  switch (domain.kind) {
    case 'text': // an expression, too: it may be a date
      return one && checkValue(type, '1');
    case 'integer':
    case 'decimal':
      return type.kind === 'indicator' || type.kind === 'datetime' ? checkValue(type, 'a number') : one && checkValue(type, '1');
    case 'datetime':
      return type.kind === 'text' || type.kind === 'identifier' || type.kind === 'code' ? undefined : checkValue(type, '2026-01-01');
    case 'quantity':
      return one ? undefined : checkValue(type, { value: '1', unit: 'X' });
    case 'codes':
      return domain.values.map((value) => checkValue(type, value)).find((reason) => reason !== undefined);
  }
}
