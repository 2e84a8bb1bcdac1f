import { finding } from '../../diagnostics/diagnostic.ts';
import type { AgreedCharsets } from '../../syntax/charset.ts';
import { DETECT_BYTES, detectSyntax, type Detected } from '../../syntax/detect.ts';
import { layoutsOf } from '../../syntax/records/detect.ts';
import type { Layout } from '../../syntax/records/layout.ts';
import type { ReaderLimits } from '../../syntax/limits.ts';
import type { Syntax, UnitReader } from '../../syntax/unit.ts';
import type { ReadingTables } from '../library/tables.ts';
import { canonicalReader, isCanonical, type FactHandler } from './canonical.ts';
import { syntaxes } from './syntaxes.ts';

export interface AnyReaderOptions {
  readonly source?: string | undefined; // file name, for places
  readonly structure?: boolean; // false: headers are read, and what stands in messages is not checked
  readonly headersOnly?: boolean; // what stands in messages may be jumped over, and nothing is said of it
  readonly limits?: ReaderLimits | undefined; // those of `readerLimits` where nobody configured others
  readonly charsets?: AgreedCharsets | undefined; // what was agreed with the sender
  readonly canonical?: boolean; // somebody says that it is canonical JSON
}

/**
 * The readers, behind one face: the first bytes decide which, whatever the label says. Structure is checked where the
 * directories say what it should be.
 */
export class AnyReader implements UnitReader {
  readonly #tables: ReadingTables;
  readonly #handler: FactHandler;
  readonly #source: string;
  #reader: UnitReader | undefined;
  #held: Uint8Array = nothing; // until enough is there to decide
  #refused = false;
  readonly #structure: boolean;
  readonly #headersOnly: boolean;
  readonly #limits: ReaderLimits | undefined;
  readonly #charsets: AgreedCharsets | undefined;
  readonly #canonical: boolean;

  constructor(tables: ReadingTables, handler: FactHandler, options: AnyReaderOptions = {}) {
    this.#tables = tables;
    this.#handler = handler;
    this.#source = options.source ?? '';
    this.#structure = options.structure ?? true;
    this.#headersOnly = options.headersOnly ?? false;
    this.#limits = options.limits;
    this.#charsets = options.charsets;
    this.#canonical = options.canonical ?? false;
  }

  push(chunk: Uint8Array): void {
    if (this.#refused) return;
    if (this.#reader) return this.#reader.push(chunk);
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    if (this.#held.length >= DETECT_BYTES) this.#decide();
  }

  end(): void {
    if (!this.#reader && !this.#refused) this.#decide();
    this.#reader?.end();
  }

  #decide(): void {
    const held = this.#held;
    this.#held = nothing;
    const found = detectAny(held, this.#tables);
    if ('finding' in found) {
      this.#refused = true;
      const { finding } = found;
      this.#handler.finding?.(finding.data ? { ...finding, data: { ...finding.data, source: this.#source } } : finding);
      return;
    }
    const isFacts = this.#canonical || (found.syntax === 'json' && isCanonical(held.subarray(0, DETECT_BYTES)));
    this.#reader = isFacts ? canonicalReader(this.#handler, { source: this.#source, limits: this.#limits?.json }) : this.#units(found);
    this.#reader.push(held);
  }

  #units(found: Found): UnitReader {
    return syntaxes[found.syntax].reader(this.#handler, {
      source: this.#source,
      grammars: this.#tables.grammars,
      layout: found.layout,
      documents: this.#tables.documents,
      tables: this.#tables.segmented,
      structure: this.#structure,
      headersOnly: this.#headersOnly,
      limits: this.#limits,
      charsets: this.#charsets,
    });
  }
}

interface Found {
  readonly syntax: Syntax;
  readonly layout?: Layout;
}

/** Records have no mark of their own: what is nothing else is asked whether a layout knows it. */
function detectAny(first: Uint8Array, { layouts }: ReadingTables): Found | Extract<Detected, { readonly finding: unknown }> {
  const found = detectSyntax(first);
  if (!('finding' in found) || found.finding.code !== 'SYNTAX_UNKNOWN') return found;
  const [layout, ...others] = layoutsOf(first, layouts.all);
  if (!layout) return found;
  if (others.length === 0) return { syntax: 'records', layout };
  const names = [layout, ...others].map(({ name }) => name);
  return { finding: finding('SYNTAX_AMBIGUOUS', { names: names.join(', ') }, { data: { source: '', start: 0, end: 0 }, expected: names }) };
}

const nothing = new Uint8Array(0);
