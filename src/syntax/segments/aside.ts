import type { Apart } from './form.ts';

/** What a segment around messages is, where it is none of theirs. */
export type AsideKind = 'security' | 'object' | 'data' | '';

/** Which segments are of security, or of an object that is no message: the one that was seen last, and how many objects there were. */
export class Aside {
  readonly #apart: Apart | undefined;
  readonly #isService: (type: string) => boolean; // of a message: segments of security are its body
  secures = false;
  inObject = false; // its data are not ours to read
  objects = 0; // of the interchange

  constructor(apart: Apart | undefined, isService: (type: string) => boolean) {
    this.#apart = apart;
    this.#isService = isService;
  }

  begin(): void {
    this.objects = 0;
    this.inObject = this.secures = false;
  }

  /** A segment of a message. True: it has no number in it. */
  inMessage(tag: string, type: string, syntaxVersion = ''): boolean {
    const apart = this.#apart;
    this.secures = apart !== undefined && apart.secures(tag) && !this.#isService(type);
    return this.secures && apart!.uncounted(syntaxVersion);
  }

  /** A segment of an interchange, outside its messages. */
  around(tag: string, isEnvelope: boolean): AsideKind {
    this.secures = false;
    if (!this.#apart) return '';
    const { object, secures } = this.#apart;
    const isData = this.inObject && !isEnvelope;
    this.inObject = tag === object.opens || (isData && tag !== object.closes);
    if (tag === object.opens) {
      this.objects++;
      return 'object';
    }
    if (isData) return 'data';
    this.secures = secures(tag);
    return this.secures ? 'security' : '';
  }
}
