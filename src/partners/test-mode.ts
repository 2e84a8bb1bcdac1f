import type { Interchange } from '../syntax/unit.ts';
import type { Agency } from './agency.ts';
import { senderOfInterchange } from './identities.ts';
import type { Partner } from './partner.ts';

/**
 * Test beside production: all is done as ever, and what is delivered goes to the test side of an agency, which is a recipient of its own with
 * its own channel, mailbox and keys. It has no way to the channel of production, since it has that of test.
 */
export const testSideOf = (agency: string): string => `${agency}.test`; // no id has a dot
export const isTestSide = (agency: string): boolean => agency.endsWith('.test');

const saysTest = ({ testIndicator = '' }: Pick<Interchange, 'testIndicator'>): boolean => testIndicator !== '';

/** By the envelope (UNB 0035, ISA15: whatever says that it is not production), the partner, its identity, or the key that was used. */
export const isTest = (partner: Partner, interchange: Interchange | undefined, byTestKey = false): boolean =>
  byTestKey ||
  partner.test === true ||
  (interchange !== undefined && (saysTest(interchange) || senderOfInterchange(partner, interchange)?.identity.test === true));

/** The test side of an agency. Nothing of how production travels is in it. */
export function testSide({ id, name, profile, map, answers, answeredBy, grants, encoding, changes, test }: Agency): Agency {
  const whose = answeredBy === undefined ? {} : { answeredBy: testSideOf(answeredBy) };
  const format = { profile, map, answers, ...whose, grants, ...(encoding && { encoding }), ...(changes && { changes }) };
  return { id: testSideOf(id), name: `${name} (test)`, ...format, ...test, test, testOf: id };
}
