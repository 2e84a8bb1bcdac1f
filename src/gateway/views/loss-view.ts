import { ruleJson, sourceJson, type RuleJson, type SourceJson } from '../../diagnostics/json.ts';
import type { Loss } from '../../maps/account.ts';

/** A loss as the report of a conversion has it. */
export interface LossView {
  readonly code: string;
  readonly source?: SourceJson;
  readonly path?: string;
  readonly wco?: string;
  readonly value: string;
  readonly rule?: RuleJson;
  readonly reason: string;
}

/** `bytes` gives the bytes of a source by name, for lines and columns; where it has none they are left out. */
export function lossView({ code, source, path, wco, value, rule, reason }: Loss, bytes?: (source: string) => Uint8Array | undefined): LossView {
  return {
    code,
    ...(source ? { source: sourceJson(source, bytes) } : {}),
    ...(path === undefined ? {} : { path }),
    ...(wco === undefined ? {} : { wco }),
    value,
    ...(rule ? { rule: ruleJson(rule, bytes) } : {}),
    reason,
  };
}
