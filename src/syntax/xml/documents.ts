import type { Interchange, MessageHeader, UnitHandler } from '../unit.ts';

/** Namespaces of the envelope of SOAP, by version (1.1: the note of 2000; 1.2: part 1, clause 5). */
const envelopes: ReadonlySet<string> = new Set(['http://schemas.xmlsoap.org/soap/envelope/', 'http://www.w3.org/2003/05/soap-envelope']);

/**
 * The documents of a file: the one that it is, or those that stand in the body of an envelope.
 *
 *     <soap:Envelope><soap:Header>…</soap:Header><soap:Body><Declaration>…</Declaration></soap:Body></soap:Envelope>
 *                                                           ^ a message      ^ the rest is no part of one
 *
 * What an envelope says of its own (addresses, signatures) is for the channel that brought it, as headers of HTTP are.
 */
export class Documents {
  namespace = ''; // of the document element
  isOpen = false; // what is read stands in a document
  readonly #handler: UnitHandler;
  readonly #whole: boolean; // an envelope is a document too
  readonly #most: number;
  #envelope: string | undefined; // its namespace
  #isBody = false;
  #interchange: Interchange | undefined;
  #message: MessageHeader | undefined;

  constructor(handler: UnitHandler, whole: boolean, most: number) {
    this.#handler = handler;
    this.#whole = whole;
    this.#most = most;
  }

  begin(interchange: Interchange): void {
    this.#interchange = interchange;
    this.#handler.interchange?.(interchange);
  }

  /** An element begins below `depth` others and in no document: it is of the envelope, or a document. False: it would be one more than there may be. */
  enter(namespace: string, type: string, depth: number, start: number): boolean {
    if (!this.#whole && depth === 0 && type === 'Envelope' && envelopes.has(namespace)) this.#envelope = namespace;
    else if (depth === 1) this.#isBody = type === 'Body' && namespace === this.#envelope;
    else if (depth === 0 || this.#isBody) return this.#begin(namespace, type, start);
    return true;
  }

  /** An element has ended, and `depth` are open. */
  leave(depth: number): void {
    if (depth === (this.#envelope === undefined ? 0 : 2)) this.isOpen = false;
  }

  /** Nothing comes after `end`. */
  end(end: number): void {
    this.#endMessage();
    if (this.#interchange) this.#handler.interchangeEnd?.(this.#interchange, end);
    this.#interchange = this.#message = undefined;
  }

  /** What is wrong between two documents is said of the first: it ends with the next, or with the file. */
  #endMessage(): void {
    if (this.#message) this.#handler.messageEnd?.(this.#message);
  }

  #begin(namespace: string, type: string, start: number): boolean {
    const before = this.#message?.index ?? 0;
    if (before === this.#most) return false;
    this.#endMessage();
    this.namespace = namespace;
    this.isOpen = true;
    this.#message = { index: before + 1, type, ...(namespace === '' ? {} : { namespace }), interchange: this.#interchange!, start };
    this.#handler.message?.(this.#message);
    return true;
  }
}
