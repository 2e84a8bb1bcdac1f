import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { codes } from '../../src/diagnostics/codes.ts';
import { root } from '../root.ts';

// Every fault that a sender can cause is seen with all its renderings in `test/cases`, or it is said here why it has none there.

const folder = join(root, 'test/cases');
const seen = readdirSync(folder)
  .map((name) => join(folder, name, 'analyst.txt'))
  .filter((file) => existsSync(file))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

const elsewhere: readonly (readonly [codes: RegExp, why: string])[] = [
  [/^(?!(EDIFACT|X12|SYNTAX|CARGOIMP|XML|JSON|RECORDS|CANONICAL|CHANGE|MAP|XSD|CONFORM|RULE|DEVIATION|GATEWAY)_)/, 'of the way it came, or of a request, not of what is in it: a problem, or what the channel has for it'],
  [/^(JSON|RECORDS|CANONICAL)_/, 'their syntax has no acknowledgement: state and problem alone, each beside its reader (test/syntax, test/gateway/canonical)'],
  [/^SYNTAX_(EMPTY|UNKNOWN|UNSUPPORTED)$|^XML_CHARSET$|^CARGOIMP_NO_MESSAGE$/, 'nobody can be told to have sent it: refused with a problem (test/web/interchanges)'],
  [/_LIMIT$|^GATEWAY_TOO_MANY$/, 'of bodies that no case file should have (test/web/limits, test/gateway/intake)'],
  [/^SYNTAX_LABEL$/, 'a warning about what the bytes were called (test/web/label)'],
  [/_MORE$/, 'stands for others of its kind (four-readers: many-faults)'],
  [/^CHANGE_/, 'of what came before, seen with the delivery (test/gateway/changes)'],
  [/^(RULE_|CONFORM_PROFILE$|CONFORM_REQUIRED$|CONFORM_REPEATED$|XSD_)/, 'of one agency: told in its outcome, whatever else becomes of the message (test/gateway/rules)'],
  [/^GATEWAY_RESUBMISSION$/, 'of what was sent before under another reference (test/gateway/outcome/resubmission)'],
  [/^DEVIATION_/, 'by the register of the partner (test/gateway/cargoimp-answers)'],
  [/^MAP_(HALF_A_VALUE|MISSING|ELEMENT_MISSING|DERIVED_DIFFERS|KEY_MISSING|REFERENCE_UNRESOLVED|MERGE_CONFLICT|STATED)$/, 'told as MAP_VALUE is: by the map that finds it (cases beside the maps)'],
  [/^GATEWAY_NO_MESSAGE$/, 'a reader that finds an empty interchange says so itself (EDIFACT_EMPTY, X12_EMPTY)'],
  [/^X12_(TOO_MANY_REPETITIONS|VALUE)$/, 'no release whose tables are shipped has repetitions, and no list of codes is closed'],
  [/^XML_CHARACTER$/, 'of what is written'],
]; // prettier-ignore

t.test('no fault of a sender is without its renderings, or without the reason', (t) => {
  const own = Object.entries(codes).flatMap(([code, { actor }]) => (actor === 'sender' ? [code] : []));
  const isSeen = (code: string): boolean => new RegExp(`\\b${code}\\b`).test(seen);
  t.same(
    own.filter((code) => !isSeen(code) && !elsewhere.some(([which]) => which.test(code))),
    [],
    'add a case to test/cases and a row to its table',
  );
  for (const [which, why] of elsewhere) t.ok(own.some((code) => which.test(code) && !isSeen(code)), `still true: ${why}`); // prettier-ignore
  t.end();
});
