import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { faults } from '../../src/channels/as2/open.ts';
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

/** What a receipt (MDN) has no word for, of all that a sender can do wrong. */
const receiptless: readonly (readonly [codes: RegExp, why: string])[] = [
  [/^AS2_UNKNOWN$/, 'nobody is agreed upon whose receipt it would be: 403 (test/web/as2)'],
  [/^(FETCH|SFTP|SCENARIO|ONBOARDING|EVIDENCE)_/, "of other ways in, or of a request, where no receipt is asked for"],
  [/^(SYNTAX|GATEWAY|PARTNER|WEB)_/, 'of the way it came: where it is not taken, `unexpected-processing-error` with the sentence, or 503 where it may come again'],
  [/^(EDIFACT|X12|CARGOIMP|XML|JSON|RECORDS|CANONICAL|CHANGE|MAP|XSD|CONFORM|RULE|DEVIATION|FINDINGS)_/, 'of what is in it: it is taken and kept, and the receipt says so; what is judged later is answered later, by the answer of its syntax'],
]; // prettier-ignore

t.test('each fault of a sender has its disposition in a receipt, or the reason why it has none', (t) => {
  const told = new Map(Object.values(faults).map((fault) => [fault('').code as string, fault('').disposition]));
  const own = Object.entries(codes).flatMap(([code, { actor }]) => (actor === 'sender' ? [code] : []));
  t.same(own.filter((code) => !told.has(code) && !receiptless.some(([which]) => which.test(code))), [], 'add it to the faults of AS2, or say why not'); // prettier-ignore
  t.same(own.filter((code) => told.has(code) && receiptless.some(([which]) => which.test(code))), [], 'not both'); // prettier-ignore
  const page = readFileSync(join(root, 'src/channels/as2/README.md'), 'utf8');
  for (const [code, disposition] of told) t.ok(page.includes(`\`${disposition}\``), `${code}: ${disposition} is in the table of src/channels/as2/README.md`);
  for (const [which, why] of receiptless) t.ok(own.some((code) => which.test(code)), `still true: ${why}`); // prettier-ignore
  t.end();
});
