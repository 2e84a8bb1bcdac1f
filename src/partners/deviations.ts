import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { unknownName, type Loaded } from '../language/loaded.ts';

/**
 * A row of the register of deviations: how a partner writes otherwise than the standard says, and what was agreed about it. What is
 * not in the register is told as a warning, each time.
 */
export interface Deviation {
  readonly name: string; // as the grammar has it
  readonly message?: string; // 'ABC/14'; absent: in any message
  readonly rule: string; // what the standard says
  readonly seen: string; // what the partner writes
  readonly verdict: 'accepted' | 'refused';
  readonly until?: string; // the last day on which it is accepted: CCYY-MM-DD, UTC; absent: until further notice
}

/** Where a deviation was seen. */
export interface Occasion {
  readonly on: string; // ISO 8601: when the interchange was received
  readonly message: string; // 'ABC/14'
}

/** The finding that a deviation was seen, as the register judges it; any other finding as it is. */
export function judgeDeviation(seen: Diagnostic, register: readonly Deviation[], { on, message }: Occasion): Diagnostic {
  const { name, tag = '' } = seen.args;
  const row = name === undefined ? undefined : register.find((each) => each.name === name && (each.message ?? message) === message);
  if (seen.code !== 'CARGOIMP_DEVIATION' || !row) return seen;
  const { rule, verdict, until = '' } = row;
  const parts = { data: seen.data, rule: seen.rule, actual: row.seen };
  const args = { name: row.name, tag, rule, until: until === '' ? 'further notice' : until };
  if (verdict === 'refused') return finding('DEVIATION_REFUSED', args, parts);
  const isOver = until !== '' && on.slice(0, 10) > until;
  return isOver ? finding('DEVIATION_EXPIRED', args, parts) : { ...finding('DEVIATION_ACCEPTED', args, parts), tolerated: true };
}

/** The deviations of a register whose names nobody knows, and those that stand in it twice for one message. */
export function checkDeviations(file: Loaded<unknown>, register: readonly Deviation[], known: readonly string[]): Diagnostic[] {
  const seen = new Set<string>();
  return register.flatMap(({ name, message = '' }, i) => {
    const at = file.at('agreement', 'deviations', i, 'name');
    if (!known.includes(name)) return [unknownName('deviation', name, at, known)];
    const key = `${name} ${message}`;
    if (seen.has(key)) return [finding('CONFIG_DUPLICATE', { what: 'deviation', id: key.trim() }, { rule: at, actual: name })];
    seen.add(key);
    return [];
  });
}
