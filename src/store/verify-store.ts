import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import type { EvidenceSource, StoredContent, StoredEntry } from './evidence-source.ts';
import { open, parse, readCheckpoint, readEntry, sha256 } from './verify.ts';
import { LogFilesCheck, Roots, type Expected } from './verify-log.ts';
import { Erasures, ShownCheck, verifyBeside, type RecordText } from './verify-working.ts';

/**
 * The stranger looks at a whole store: every entry under every checkpoint, every record under its entry, every content
 * under its commitment, every file of the log against the entries. What was changed is named.
 */
export interface StoreVerification {
  readonly ok: boolean;
  readonly origin: string;
  readonly entries: number;
  readonly checkpoints: number;
  readonly records: number; // opened and matched
  readonly contents: number; // opened and matched
  readonly erased: number; // records and contents
  readonly sealed: boolean; // false: there is no key here, so what is sealed was not opened
  readonly findings: readonly Diagnostic[];
}

/** `old`: a checkpoint that somebody kept; the log must still contain what it covered. */
export function verifyStore(source: EvidenceSource, old?: string): StoreVerification {
  const key = source.verifierKey;
  if (key === undefined) throw new TypeError('the folder does not state the key of its log');
  return new StoreCheck(source, key).run(old);
}

/** An entry that awaits its checkpoint, which is the judge when entry, record and files disagree. */
interface Pending {
  readonly idx: number;
  readonly leaf: Buffer;
  readonly at: string | undefined;
  readonly expected: Expected; // what the files of the log say it is
  readonly recordFault: string | undefined;
}

class StoreCheck {
  readonly #source: EvidenceSource;
  readonly #key: string;
  readonly #findings: Diagnostic[] = [];
  readonly #tree: Roots = new Roots();
  readonly #files: LogFilesCheck;
  readonly #shown = new ShownCheck();
  readonly #erasures = new Erasures();
  readonly #damaged = new Set<number>(); // sizes of checkpoints that are there and cannot be believed
  #unread = 0; // parts that could not be read
  #isLogRead = true; // else what is not found of it may be there
  #counts = { records: 0, contents: 0, erased: 0, checkpoints: 0 };

  constructor(source: EvidenceSource, key: string) {
    this.#source = source;
    this.#key = key;
    this.#files = new LogFilesCheck(source, (part, message) => this.#broken(part, message));
  }

  run(old: string | undefined): StoreVerification {
    const entries = this.#all(old);
    const ok = !this.#findings.some((each) => each.severity === 'error' || each.severity === 'fatal');
    const origin = this.#key.slice(0, this.#key.indexOf('+'));
    return { ok, origin, entries, ...this.#counts, sealed: this.#source.contentKey !== undefined, findings: this.#findings };
  }

  /** Returns how many entries there are. */
  #all(old: string | undefined): number {
    this.#reading('the database file', () => {
      for (const line of this.#source.damage()) this.#broken('the database file', line);
    });
    const kept = old === undefined ? undefined : readCheckpoint(old, this.#key);
    if (kept && 'fault' in kept) this.#broken('the checkpoint that was kept', kept.fault);
    const broken = (part: string, message: string): void => this.#broken(part, message);
    this.#reading('what stands beside the evidence', () => verifyBeside(this.#source, broken));
    this.#reading('what parties may see', () => this.#shown.expect(this.#source, broken));
    this.#reading('what states and runs of references say', () => this.#details());
    const entries = this.#log(kept && 'size' in kept ? kept : undefined);
    this.#published(entries);
    this.#contents();
    if (this.#source.contentKey && this.#unread === 0) this.#shown.finish(this.#erasures, broken);
    this.#erasures.finish((part) => this.#findings.push(finding('EVIDENCE_ERASED', { part })), this.#unread === 0 ? broken : () => undefined);
    return entries;
  }

  /** Entries in order, judged at each checkpoint. Returns how many there are. */
  #log(kept: { readonly size: number; readonly root: Buffer } | undefined): number {
    const unread = this.#unread;
    const checkpoints = this.#checkpoints();
    const following = (): IteratorResult<{ readonly size: number; readonly root: Buffer }, void> =>
      this.#reading(`checkpoints over more than ${judged} entries`, () => checkpoints.next()) ?? { done: true, value: undefined };
    let judged = 0;
    let judge = following();
    let pending: Pending[] = [];
    let next = 0;
    let before = '';
    const entries = this.#source.entries()[Symbol.iterator]();
    for (;;) {
      const row = this.#reading(`entries from ${next} on`, () => entries.next().value as StoredEntry | undefined);
      if (!row) break;
      const { idx, leaf } = row;
      if (idx !== next)
        this.#broken(`entry ${next}`, idx > next ? `it is missing${idx > next + 1 ? `, with all up to ${idx - 1}` : ''}` : 'its index is wrong');
      const entry = readEntry(leaf.toString('utf8'));
      if (!entry) this.#broken(`entry ${idx}`, 'it is not an entry');
      else if (entry.at < before) this.#broken(`entry ${idx}`, 'it is older than the one before it');
      before = entry?.at ?? before;
      pending.push({ idx, leaf, at: entry?.at, expected: this.#files.expected(idx), recordFault: this.#record(row, entry?.record) });
      next = idx + 1;
      while (!judge.done && judge.value.size < next) judge = following();
      if (kept?.size === next && !this.#tree.rootWith(pending.map((each) => sha256(Buffer.of(0), each.leaf))).equals(kept.root)) {
        this.#broken(`entries below ${kept.size}`, 'they are not those that the checkpoint that was kept covers');
      }
      if (!judge.done && judge.value.size === next) {
        this.#judge(pending, judge.value.root);
        judged = next;
        pending = [];
        judge = following();
      }
    }
    this.#isLogRead = unread === this.#unread;
    if (pending.length > 0 && this.#isLogRead) this.#broken(`entries from ${pending[0]!.idx}`, 'no checkpoint covers them');
    this.#judge(pending, undefined);
    if (!this.#isLogRead) return next;
    while (!judge.done) {
      this.#broken(`checkpoint over ${judge.value.size} entries`, `only ${next} are there`);
      judge = following();
    }
    if (kept && kept.size > next)
      this.#broken('the log', `a checkpoint over ${kept.size} entries was kept, only ${next} are there: ${this.#source.lastWrites()}`);
    return next;
  }

  /**
   * With the right root, the entries are right and whatever disagrees with them was changed. With a wrong root, the
   * entries that disagree were changed; put right from the files of the log they must give the root, and the reading
   * goes on from there.
   */
  #judge(pending: readonly Pending[], root: Buffer | undefined): void {
    const leaves = pending.map(({ leaf }) => sha256(Buffer.of(0), leaf));
    const isRight = root === undefined || this.#tree.rootWith(leaves).equals(root);
    const mended = isRight ? leaves : pending.map(({ expected }, i) => expected.tile ?? expected.bundled ?? leaves[i]!);
    const isMended = !isRight && this.#tree.rootWith(mended).equals(root);
    let blamed = 0;
    pending.forEach(({ idx, recordFault, expected }, i) => {
      const leaf = leaves[i]!;
      const disagrees = (other: Buffer | undefined): boolean => other !== undefined && !other.equals(leaf);
      const isAltered = isMended
        ? !mended[i]!.equals(leaf)
        : !isRight && (disagrees(expected.tile) || disagrees(expected.bundled) || recordFault !== undefined);
      if (isAltered) {
        blamed++;
        this.#broken(`entry ${idx}`, 'it was changed after it was signed');
        return;
      }
      if (recordFault !== undefined) this.#broken(`record ${idx}`, recordFault);
    });
    if (!isRight && blamed === 0 && pending.length > 0)
      this.#broken(`entries ${pending[0]!.idx} to ${pending.at(-1)!.idx}`, 'they do not have the root that was signed');
    if (isRight && this.#isLogRead) this.#commits(pending);
    for (const leaf of isMended ? mended : leaves) {
      this.#tree.push(leaf);
      this.#files.push(leaf);
    }
  }

  /** The entries of a commit have one time, no other commit has it, and each commit has a checkpoint: none may be missing in between. */
  #commits(pending: readonly Pending[]): void {
    pending.forEach(({ idx, at }, i) => {
      if (i > 0 && at !== pending[i - 1]!.at && !this.#damaged.has(idx)) this.#broken(`checkpoint over ${idx} entries`, 'it is missing');
    });
  }

  *#checkpoints(): Generator<{ readonly size: number; readonly root: Buffer }> {
    for (const { size, note } of this.#source.checkpoints()) {
      const read = readCheckpoint(note, this.#key);
      // A witness may sign what was given out; here stands what the log signed, and nothing else.
      const isLonger = note.split('\n').length > 6;
      if ('fault' in read || read.size !== size || isLonger) {
        this.#damaged.add(size);
        this.#broken(`checkpoint over ${size} entries`, 'fault' in read ? read.fault : isLonger ? 'lines were added to it' : `it states ${read.size}`);
      } else {
        this.#counts.checkpoints++;
        yield read;
      }
    }
  }

  /** What is wrong with the record of an entry, if anything. */
  #record({ idx, owner, salt, sealed }: StoredEntry, stated: string | undefined): string | undefined {
    if (sealed.length === 0 && salt.length === 0) {
      this.#counts.erased++;
      this.#erasures.blank(`record ${idx}`, owner, idx);
      return undefined;
    }
    const { contentKey } = this.#source;
    if (!contentKey) return undefined;
    const bytes = open(contentKey, `record\n${owner}`, sealed);
    if (!bytes) return 'its sealed bytes, its data key or its owner were changed';
    if (stated === undefined || sha256(salt, bytes).toString('base64url') !== stated) return 'it does not match its entry: its salt or the entry was changed';
    this.#counts.records++;
    const record = parse<RecordText>(bytes.toString('utf8'));
    if (record) {
      this.#erasures.read(idx, record);
      this.#reading(`the state of what record ${idx} is about`, () => this.#shown.read(idx, record));
    }
    if (record?.content) this.#mentioned(idx, record.content);
    return undefined;
  }

  #mentioned(idx: number, content: NonNullable<RecordText['content']>): void {
    const name = `content ${content.owner}/${content.stage}`;
    const read = this.#reading(name, () => ({ row: this.#source.content(content.owner, content.stage) }));
    if (!read) return;
    const { row } = read;
    if (!row) this.#broken(name, `record ${idx} is about it, and it is missing`);
    else if (row.commitment.toString('base64url') !== content.commitment || row.size !== content.size || row.media !== content.media) {
      this.#broken(name, `its commitment, size or media type is not what record ${idx} states`);
    }
  }

  #contents(): void {
    const contents = this.#source.contents()[Symbol.iterator]();
    for (let no = 0; ;) {
      const content = this.#reading(`contents from number ${no + 1} on`, () => contents.next().value as StoredContent | undefined);
      if (!content) return;
      no = content.no;
      this.#reading(`content ${content.owner}/${content.stage}`, () => this.#content(content));
    }
  }

  /** Pieces, salt and size of one content under its commitment. */
  #content(content: StoredContent): void {
    const name = `content ${content.owner}/${content.stage}`;
    if (content.salt.length === 0) {
      this.#counts.erased++;
      this.#erasures.blank(name, content.owner, undefined, content.stage);
      if (this.#source.pieceCount(content.no) > 0) this.#broken(name, 'it was erased, but its bytes are still there');
      return;
    }
    const { contentKey } = this.#source;
    if (!contentKey) return;
    const pieces: Buffer[] = [content.salt];
    const count = this.#source.pieceCount(content.no);
    for (let n = 0; n < Math.max(count, 1); n++) {
      const sealed = this.#source.piece(content.no, n);
      const place = `content\n${content.no}\n${content.owner}/${content.stage}\n${content.media}\n${n}${n === count - 1 ? '\nlast' : ''}`;
      const piece = sealed && open(contentKey, place, sealed);
      if (!piece)
        return this.#broken(
          name,
          sealed ? `its sealed piece ${n}, the data key in it, its number, media type or place was changed` : `its piece ${n} is missing`,
        );
      pieces.push(piece);
    }
    if (pieces.reduce((sum, piece) => sum + piece.length, -content.salt.length) !== content.size) return this.#broken(name, 'its size was changed');
    if (!sha256(...pieces).equals(content.commitment)) return this.#broken(name, 'its salt or commitment was changed');
    this.#counts.contents++;
  }

  /** What states and runs of references say is sealed. */
  #details(): void {
    const { contentKey } = this.#source;
    if (!contentKey) return;
    for (const { id, detail } of this.#source.sealedStates())
      if (!open(contentKey, `state\n${id}`, detail)) this.#broken(`state of ${id}`, 'what it says, or its data key, was changed');
    for (const { partner, detail } of this.#source.runs())
      if (!open(contentKey, `run\n${partner}`, detail)) this.#broken(`run of references of ${partner}`, 'what it says, or its data key, was changed');
  }

  /** The checkpoint file must be one of those in the database. */
  #published(entries: number): void {
    const note = this.#source.publishedCheckpoint;
    if (note !== undefined) {
      const read = readCheckpoint(note, this.#key);
      if ('fault' in read) this.#broken('log/checkpoint', read.fault);
      else if (!this.#isLogRead) return;
      else if (read.size > entries)
        this.#broken(
          'log/checkpoint',
          `it covers ${read.size} entries, only ${entries} are there, those from ${entries} on are gone: ${this.#source.lastWrites()}`,
        );
      else if (this.#source.checkpointNote(read.size) !== note) this.#broken('log/checkpoint', 'it is not one of the checkpoints in the database');
    }
    if (this.#isLogRead) this.#files.finish(entries);
  }

  /** A page that cannot be read hits what lies on it, and ends no report. */
  #reading<T>(part: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      this.#unread++;
      this.#broken(part, `it cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  #broken(part: string, message: string): void {
    this.#findings.push(finding('EVIDENCE_BROKEN', { part, message }));
  }
}
