import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderFindings } from '../diagnostics/text.ts';
import { readFolder } from '../gateway/library/folder.ts';
import { readExpectation, type Expectation, type ExpectedReply } from '../partners/config.ts';

/** A message to try, and what must become of it. */
export interface Sample {
  readonly name: string;
  readonly file: string;
  readonly bytes: Buffer;
  readonly replies: readonly (ExpectedReply & { readonly bytes: Buffer })[];
  readonly expected: Expectation;
}

/** Every folder of `samples/` that holds an `expect.yaml` and an input. */
export function readSamples(root: string): Sample[] {
  const folder = join(root, 'samples');
  const schemas = readFolder(join(root, 'schemas/config'), /\.schema\.json$/);
  return readdirSync(folder)
    .sort()
    .flatMap((name) => {
      const expectation = join(folder, name, 'expect.yaml');
      const file = existsSync(expectation) ? readdirSync(join(folder, name)).find((each) => each.startsWith('input.')) : undefined;
      if (file === undefined) return [];
      const expected = expectationOf(expectation, schemas);
      const replies = (expected.replies ?? []).map((each) => ({ ...each, bytes: readFileSync(join(folder, name, each.file)) }));
      return [{ name, file, bytes: readFileSync(join(folder, name, file)), expected, replies }];
    });
}

function expectationOf(path: string, schemas: ReturnType<typeof readFolder>): Expectation {
  const text = readFileSync(path, 'utf8');
  const { expectation, findings } = readExpectation({ path, text }, schemas);
  if (!expectation) throw new Error(renderFindings(findings, { bytes: () => Buffer.from(text) }));
  return expectation;
}

/** What became of a sample, in the terms of its expectation. */
export interface Fate {
  readonly outcome: 'accepted' | 'rejected' | 'problem';
  readonly deliveries: readonly string[];
  readonly losses: readonly string[]; // codes, of the message as it was read
  readonly findings: readonly string[]; // codes
  readonly answer: string;
  readonly receipt: number | undefined; // index in the log
}

/** Where a fate is not as expected; nothing where it is. */
export function differences(expected: Expectation, fate: Fate): string[] {
  const said: string[] = [];
  const same = (a: readonly string[], b: readonly string[]): boolean => [...a].sort().join() === [...b].sort().join();
  const check = (what: string, wanted: readonly string[] | undefined, got: readonly string[]): void => {
    if (wanted && !same(wanted, got)) said.push(`${what}: [${got.join(', ')}], expected [${wanted.join(', ')}]`);
  };
  if (expected.outcome !== fate.outcome) said.push(`outcome: ${fate.outcome}, expected ${expected.outcome}`);
  check('deliveries', expected.deliveries, fate.deliveries);
  check('findings', expected.findings, [...new Set(fate.findings)]);
  if (typeof expected.losses === 'number') {
    if (expected.losses !== fate.losses.length) said.push(`losses: ${fate.losses.length}, expected ${expected.losses}`);
  } else check('losses', expected.losses, [...new Set(fate.losses)]);
  if (expected.answer !== undefined && expected.answer !== fate.answer) said.push(`answer: ${fate.answer}, expected ${expected.answer}`);
  return said;
}

/** What became of a message when an agency had answered it. */
export interface ReplyFate {
  readonly state: string; // for this agency
  readonly text: string; // of the answer in the sender's mailbox; '' where there is none
}

/** Where that is not as expected. */
export function replyDifferences({ as, becomes, reads = [] }: ExpectedReply, { state, text }: ReplyFate): string[] {
  return [
    ...(state === becomes ? [] : [`for ${as}: ${state}, expected ${becomes}`]),
    ...reads.flatMap((each) => (text.includes(each) ? [] : [`the sender does not read \`${each}\``])),
  ];
}
