import { stated } from '../edifact/headers.ts';
import type { Interchange } from '../unit.ts';

/**
 * What stands before messages in the mail of airlines: a Type B heading. Two shapes are met.
 *
 *   QU LHRFMXS BKKFFTG            =PRIORITY
 *   .HKGFMCX 161207               QU
 *                                 =DESTINATION TYPE B
 *                                 STX,LHRFMXS
 *                                 =ORIGIN …  =MSGID …  =SMI …  =TEXT
 *
 * Source: the first in messages of the corpus and in public descriptions of Type B; the second in what host links write, unverified.
 */
export type HeadingLine = 'address' | 'origin' | 'section' | 'inside' | undefined;

const priority = /^Q[A-Z](?: +[A-Z0-9]{5,8})+$/;
const address = /^[A-Z0-9]{7}(?: +[A-Z0-9]{7})*$/;
const origin = /^\.([A-Z0-9]{5,8})(?: +(.*))?$/;
const section = /^=([A-Z][A-Z ]*)$/;

export class Heading {
  #recipients: string[] = [];
  #sender = '';
  #reference = '';
  #preparedAt = '';
  #section = ''; // of the tagged shape
  #wantsOrigin = false;

  /** Whether what comes belongs to a section of the heading, whatever it looks like. */
  get isOpen(): boolean {
    return this.#section !== '' && this.#section !== 'TEXT';
  }

  /** Whether a line is part of a heading; what it says is kept. */
  take(line: string): HeadingLine {
    const tagged = section.exec(line);
    if (tagged) {
      this.#section = tagged[1]!;
      return 'section';
    }
    if (this.isOpen) {
      this.#inside(line);
      return 'inside';
    }
    if (priority.test(line)) {
      this.#recipients.push(...line.split(/ +/).slice(1));
      this.#wantsOrigin = true;
      return 'address';
    }
    const from = origin.exec(line);
    if (from) {
      this.#sender = from[1]!;
      this.#preparedAt = from[2] ?? '';
      this.#wantsOrigin = false;
      return 'origin';
    }
    if (!this.#wantsOrigin || !address.test(line)) return undefined;
    this.#recipients.push(...line.split(/ +/));
    return 'address';
  }

  #inside(line: string): void {
    if (this.#section === 'ORIGIN') this.#sender = line;
    else if (this.#section === 'MSGID') this.#reference = line;
    else if (this.#section.startsWith('DESTINATION')) this.#recipients.push(line.replace(/^STX,/, ''));
  }

  /** What the heading says of the interchange; of several addresses the first is the recipient. */
  stated(): Partial<Interchange> {
    return stated({ sender: this.#sender, recipient: this.#recipients[0] ?? '', reference: this.#reference, preparedAt: this.#preparedAt });
  }
}
