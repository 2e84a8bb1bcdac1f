import { BoundedFindings } from '../../diagnostics/bounded.ts';
import { finding, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { startParse, type MessageParser, type Parsed } from '../../maps/parse.ts';
import type { Pool } from '../../dictionary/paging.ts';
import { Rows } from '../../dictionary/rows.ts';
import type { LossOptions } from '../../maps/losses.ts';
import type { Plan } from '../../maps/plan.ts';
import type { AgreedCharsets } from '../../syntax/charset.ts';
import type { Interchange, MessageHeader, Unit } from '../../syntax/unit.ts';
import type { ReaderLimits } from '../../syntax/limits.ts';
import type { Directory } from '../../syntax/segments/directory.ts';
import { noAtoms } from '../../maps/account.ts';
import { checkRows } from '../../maps/integrity.ts';
import { AnswerReader, isAcknowledgement, type Answer } from '../answers/answer.ts';
import type { FactHandler } from './canonical.ts';
import type { Library } from '../library/library.ts';
import { Siblings } from './siblings.ts';
import { syntaxes } from './syntaxes.ts';

/** One message, read: its facts where a map knows it, and everything that was found in it. */
export interface ReadMessage {
  readonly header: MessageHeader;
  readonly plan: Plan | undefined; // without one and with facts: it states them itself
  readonly parsed: Parsed | undefined;
  readonly findings: readonly Diagnostic[];
  readonly answer: Answer | undefined; // of an acknowledgement: what it says
  readonly end: number; // offset in the source after its last unit
}

/** Called in the order of the bytes: a message is complete before the next one begins, and can be forgotten. */
export interface MessageSink {
  interchange?(interchange: Interchange): void;
  message(message: ReadMessage): void;
  /** With what was found around the messages: in the envelope, between, or after a message that never ended. */
  interchangeEnd?(interchange: Interchange, findings: readonly Diagnostic[]): void;
}

export interface ReadingOptions extends LossOptions {
  readonly plan?: Plan | undefined; // the map to read with; selected by each message's header where absent
  readonly source?: string; // file name, for places
  readonly answers?: boolean; // acknowledgements are read for what they say; else they are messages without a map
  readonly limits?: ReaderLimits | undefined; // of the reader
  readonly charsets?: AgreedCharsets | undefined; // what was agreed with the sender
  readonly pool?: Pool; // the memory of the facts; without one they may take all there is
  readonly reuse?: boolean; // the sink keeps nothing of a message: its rows are cleared and filled again
}

interface OpenMessage {
  readonly header: MessageHeader;
  readonly plan: Plan | undefined;
  readonly parser: MessageParser | undefined;
  readonly findings: BoundedFindings;
  readonly answer: AnswerReader | undefined;
  readonly rows?: Rows; // of a message that states its facts itself
  end: number;
}

/** Turns the units of a reader into facts, message by message. */
export class MessageReader implements FactHandler {
  readonly #library: Library;
  readonly #sink: MessageSink;
  readonly #options: ReadingOptions;
  #interchange: Interchange | undefined;
  #rows: Rows | undefined;
  #around = new BoundedFindings();
  #open: OpenMessage | undefined;
  #siblings: Siblings | undefined;

  constructor(library: Library, sink: MessageSink, options: ReadingOptions = {}) {
    this.#library = library;
    this.#sink = sink;
    this.#options = options;
  }

  interchange(interchange: Interchange): void {
    this.#endInterchange();
    this.#interchange = interchange;
    this.#sink.interchange?.(interchange);
  }

  message(header: MessageHeader): void {
    this.#endMessage();
    this.#begin(header);
    this.#siblings = this.#open?.plan && Siblings.of(this.#open.plan);
  }

  facts(header: MessageHeader): Rows {
    this.#endMessage();
    this.#siblings = undefined;
    const rows = this.#rows ?? new Rows(this.#library.dictionary, this.#options.pool);
    rows.clear();
    this.#open = { header, plan: undefined, parser: undefined, findings: new BoundedFindings(), answer: undefined, rows, end: header.start };
    return rows;
  }

  #begin(header: MessageHeader): void {
    const isAnswer = this.#options.answers === true && isAcknowledgement(this.#directoryOf(header), header); // also where it has a map
    const plan = isAnswer ? undefined : (this.#options.plan ?? this.#library.catalog.select(header));
    const { source = '', losses, lose, pool } = this.#options;
    const findings = new BoundedFindings();
    const answer = isAnswer ? new AnswerReader(header.interchange) : undefined;
    if (!plan && !answer)
      findings.push(
        finding('MAP_NONE', { what: describe(header), suggestion: this.#named(header) }, { data: { source, start: header.start, end: header.start } }),
      );
    this.#open = {
      header,
      plan,
      parser: plan && startParse(plan, header, { source, reuse: this.#rows, losses, lose, pool }),
      findings,
      answer,
      end: header.start,
    };
  }

  #directoryOf(header: MessageHeader): Directory | undefined {
    return header.interchange.syntax === 'x12' ? this.#library.segmented.x12.of(header) : this.#library.directories.of(header);
  }

  /** The maps that would read it, but only where somebody says that they may, or where they are mended. */
  #named(header: MessageHeader): string {
    const names = this.#library.catalog.named(header).map((name) => `\`${name}\``);
    const broken = this.#library.catalog.broken(header);
    if (broken !== undefined) return `; \`${broken}\` would, but is not in order: \`portolan map lint ${broken}\` says why`;
    return names.length === 0 ? '' : `; ${names.join(' or ')} does, where a profile or a command names it`;
  }

  unit(unit: Unit): void {
    const envelope = this.#siblings?.next(unit);
    if (envelope) this.#another(unit, envelope);
    if (!this.#open) return;
    this.#open.parser?.unit(unit);
    this.#open.answer?.unit(unit);
    this.#open.end = unit.base + unit.end;
  }

  /** Another document in the same envelope. */
  #another(unit: Unit, envelope: readonly Unit[]): void {
    const { header } = this.#open!;
    this.#endMessage();
    this.#begin({ ...header, index: header.index + 1, start: unit.base + unit.start });
    for (const each of envelope) this.#open!.parser?.unit(each);
  }

  messageEnd(): void {
    this.#endMessage();
    this.#siblings?.end();
    this.#siblings = undefined;
  }

  interchangeEnd(): void {
    this.#endInterchange();
  }

  finding(diagnostic: Diagnostic): void {
    (this.#open?.findings ?? this.#around).push(diagnostic);
  }

  /** To be called after the reader's own `end`: a message or interchange that never ended is told too. */
  end(): void {
    this.#endInterchange();
    this.#rows?.release();
    this.#rows = undefined;
  }

  #endMessage(): void {
    const open = this.#open;
    if (!open) return;
    this.#open = undefined;
    const { rows } = open;
    const parsed = rows ? { rows, account: noAtoms(), losses: [], findings: checkRows(rows) } : open.parser?.end();
    if (this.#options.reuse) this.#rows = parsed?.rows;
    const findings = join(open.findings.all(), parsed?.findings ?? []);
    this.#sink.message({ header: open.header, plan: open.plan, parsed, findings, answer: open.answer?.end(), end: open.end });
  }

  #endInterchange(): void {
    this.#endMessage();
    const interchange = this.#interchange;
    if (!interchange) return;
    this.#interchange = undefined;
    this.#sink.interchangeEnd?.(interchange, this.#around.all());
    this.#around = new BoundedFindings();
  }

  /** Findings outside every interchange. */
  get outside(): readonly Diagnostic[] {
    return this.#interchange ? [] : this.#around.all();
  }
}

/** One fault is told once: what the map says of a place where the directory has spoken already becomes the rule of that finding. */
function join(syntax: readonly Diagnostic[], map: readonly Diagnostic[]): readonly Diagnostic[] {
  if (map.length === 0) return syntax;
  const echoed = new Set<Diagnostic>();
  const byStart = new Map<number, Diagnostic>();
  for (const each of map) if (each.data && each.code in echoes) byStart.set(each.data.start, each);
  const joined = syntax.map((each) => {
    const echo = each.data && byStart.get(each.data.start);
    if (!echo || !echoes[echo.code]!.test(each.code)) return each;
    echoed.add(echo);
    return echo.rule ? { ...each, rule: echo.rule } : each;
  });
  return [...joined, ...map.filter((each) => !echoed.has(each))];
}

/** Which findings of a map say what a finding of the directory says. */
const echoes: Readonly<Record<string, RegExp>> = {
  MAP_MISSING: /^(EDIFACT_(SEGMENT|GROUP)|RECORDS|CARGOIMP)_MISSING$/,
  MAP_TOO_MANY: /^(EDIFACT_TOO_MANY_(SEGMENTS|GROUPS)|RECORDS_TOO_MANY)$/,
  MAP_VALUE: /^(EDIFACT_(CHAR_TYPE|VALUE|TOO_LONG|TOO_SHORT)|RECORDS_VALUE|CARGOIMP_FIELD)$/,
};

/** `IFTMIN D 96B UN`, or the document element with its namespace. */
export function describe({ type, version, release, agency, association, namespace, interchange }: MessageHeader): string {
  if (syntaxes[interchange.syntax].single && namespace === undefined) return `\`${type}\` without a namespace`;
  const parts = [type, version, release, agency, association].filter((part) => part !== undefined && part !== '');
  return namespace === undefined ? `\`${parts.join(' ')}\`` : `\`${type}\` of \`${namespace}\``;
}
