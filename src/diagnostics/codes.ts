/**
 * The one register of what can go wrong, and the only place that knows all its audiences.
 *
 * severity  fatal: nothing usable · error: the message, map or request is not in order · warning · info · bug: our fault
 * actor     who must act: sender · analyst · operator · agency · us
 * retry     never: the same bytes fail again · after-fix: change a map, table or key, then replay ·
 *           backoff: transient, automatic · halt: our state is uncertain, stop accepting
 * http      the status where the finding decides one, else 0
 * contrl    UN/EDIFACT DE 0085 value (code list of syntax 4), or '' where CONTRL does not report it
 * title     sentence, lower case, no full stop; `{name}` is filled from the finding's args
 * hint      what to do
 *
 * A code that was released is never renamed or reused. `CODES.md` is generated from this table.
 */
export type Severity = 'fatal' | 'error' | 'warning' | 'info' | 'bug';
export type Actor = 'sender' | 'analyst' | 'operator' | 'agency' | 'us';
export type Retry = 'never' | 'after-fix' | 'backoff' | 'halt';

export interface CodeRow {
  readonly severity: Severity;
  readonly actor: Actor;
  readonly retry: Retry;
  readonly http: number;
  readonly contrl: string;
  readonly title: string;
  readonly hint: string;
}

const row = (severity: Severity, actor: Actor, retry: Retry, http: number, contrl: string, title: string, hint: string): CodeRow => ({ severity, actor, retry, http, contrl, title, hint });

// prettier-ignore
export const codes = {
  // ── syntax/edifact ───────────────────────────────────────────────────────────────────────────────────────────────
  EDIFACT_COUNT_MISMATCH:      row('warning', 'sender',  'never',     0,   '29', '{segment} states {stated} {what}, {counted} were found', 'count the {what} again: the trailer must state what was sent'),
  EDIFACT_REFERENCE_MISMATCH:  row('warning', 'sender',  'never',     0,   '28', '{segment} repeats the reference `{actual}`, the header said `{expected}`', 'the trailer must repeat the reference of its header'),

  // ── syntax/xml ───────────────────────────────────────────────────────────────────────────────────────────────────

  // ── dictionary ───────────────────────────────────────────────────────────────────────────────────────────────────

  // ── maps: the map itself (M1 references, M2 determinism, M3 inversion) ────────────────────────────────────────────
  MAP_YAML:                    row('error',   'analyst', 'after-fix', 0,   '',   '{message}', 'mend the YAML; anchors, aliases, merge keys, tags and duplicate keys are not allowed in a map'),

  // ── maps: a message meets a map ──────────────────────────────────────────────────────────────────────────────────

  // ── validation ───────────────────────────────────────────────────────────────────────────────────────────────────

  // ── partners, configuration, routes ──────────────────────────────────────────────────────────────────────────────

  // ── store and evidence ───────────────────────────────────────────────────────────────────────────────────────────

  // ── web and gateway ──────────────────────────────────────────────────────────────────────────────────────────────

  // ── command line ─────────────────────────────────────────────────────────────────────────────────────────────────

  // ── defects of ours ──────────────────────────────────────────────────────────────────────────────────────────────
  BUG:                         row('bug',     'us',      'halt',      500, '',   'a defect of ours: {id}', 'keep the input and report the id'),
} as const satisfies Record<string, CodeRow>;

export type Code = keyof typeof codes;
