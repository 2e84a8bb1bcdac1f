import { BoundedFindings } from '../diagnostics/bounded.ts';
import { hasError, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { findingJson, type FindingJson } from '../diagnostics/json.ts';
import { lossView, type LossView } from '../gateway/views/loss-view.ts';
import { addAccount, noAtoms, noFacts, type AtomAccount, type FactAccount, type Loss } from '../maps/account.ts';
import { lineColumn } from '../diagnostics/place.ts';
import type { Place } from '../diagnostics/place.ts';
import { StagedFile } from './output.ts';
import { located, type SourceIndex } from './source.ts';

/** One side of a conversion. */
export interface Side {
  readonly map: string;
  readonly plan: string;
  readonly bytes: number;
  readonly charset?: string;
}

type Files = (name: string) => Uint8Array | undefined;

/**
 * The report of a conversion, written as it goes: losses and findings of a million messages do not pile up. Only the
 * sums are kept, and the first findings, for people.
 */
export class ConversionReport {
  readonly atoms: AtomAccount = noAtoms();
  readonly facts: FactAccount = noFacts();
  readonly #shown = new BoundedFindings();
  messages = 0;
  losses = 0;
  failed = false;
  #text = '';
  readonly #files: Files;
  readonly #source: SourceIndex;
  readonly #file: StagedFile | undefined;
  readonly #findings: FindingJson[] = [];

  /** `files`: the bytes of whatever else findings point into. */
  constructor(files: Files, source: SourceIndex, path: string | undefined) {
    this.#files = files;
    this.#source = source;
    this.#file = path === undefined ? undefined : new StagedFile(path);
    if (this.#file) this.#write('{ "losses": [');
  }

  /** The name of the file that findings point into. */
  get source(): string {
    return this.#source.name;
  }

  message(atoms: AtomAccount, facts: FactAccount | undefined): void {
    this.messages++;
    addAccount(this.atoms, atoms);
    if (facts) addAccount(this.facts, facts);
  }

  lose(loss: Loss): void {
    if (this.#file) this.#write(`${this.losses === 0 ? '\n  ' : ',\n  '}${JSON.stringify(this.#lossView(loss))}`);
    this.losses++;
  }

  /** To the file when it is worth it. */
  #write(text: string, least = 65_536): void {
    this.#text += text;
    if (this.#text.length < least) return;
    this.#file!.write(this.#text);
    this.#text = '';
  }

  /** What was found, each cause as often as there is room to show it. */
  get shown(): readonly Diagnostic[] {
    return this.#shown.all();
  }

  find(findings: readonly Diagnostic[]): void {
    this.failed ||= hasError(findings);
    for (const each of findings) {
      this.#shown.push(each);
      if (this.#file && this.#findings.length < 10_000) this.#findings.push(this.#findingView(each));
    }
  }

  end(source: Side, target: Side): void {
    if (!this.#file) return;
    const rest = { source, target, messages: this.messages, atoms: this.atoms, facts: this.facts, findings: this.#findings };
    this.#write(`${this.losses > 0 ? '\n' : ''}],\n${JSON.stringify(rest, null, 2).slice(2)}\n`, 0);
    this.#file.keep();
  }

  /** There is no report, unless it was ended. */
  drop(): void {
    this.#file?.drop();
  }

  #lossView(loss: Loss): LossView {
    const view = lossView(loss);
    return {
      ...view,
      ...(view.source ? { source: located(view.source, loss.source, this.#source) } : {}),
      ...(view.rule ? { rule: { ...view.rule, ...this.#ruleAt(loss.rule) } } : {}),
    };
  }

  #findingView(diagnostic: Diagnostic): FindingJson {
    const view = findingJson(diagnostic, this.#files);
    return view.source && diagnostic.data?.source === this.#source.name ? { ...view, source: located(view.source, diagnostic.data, this.#source) } : view;
  }

  readonly #rules = new Map<string, object>();
  #ruleAt(rule: Place | undefined): object {
    if (!rule) return {};
    const key = `${rule.source} ${rule.start}`;
    let at = this.#rules.get(key);
    if (!at) {
      const bytes = this.#files(rule.source);
      this.#rules.set(key, (at = bytes ? lineColumn(bytes, rule.start) : {}));
    }
    return at;
  }
}
