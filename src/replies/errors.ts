import { codes } from '../diagnostics/codes.ts';
import { hasError, sentence, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { fold, type Fold } from '../diagnostics/fold.ts';
import { describePlace, isAddressed } from '../diagnostics/place.ts';
import type { Dictionary } from '../dictionary/dictionary.ts';
import { Rows } from '../dictionary/rows.ts';
import { isX12Fault } from './x12-codes.ts';
import { positionAt, type Position } from './position.ts';

/** Errors as the facts of an answer, with the place of each in the sender's message. */
export interface ErrorAnswer {
  readonly rows: Rows;
  position(row: number): Position | undefined;
  words(row: number): string;
}

/** Under which codes of the receiver's community (9321) ours are told; `other` are those that have none. */
export type ErrorCodes = { readonly other: string } & Readonly<Record<string, string>>;

export interface ErrorAnswerOptions {
  readonly dictionary: Dictionary;
  readonly codes?: ErrorCodes | undefined; // without them ours lead the sentences alone
  readonly reference: string; // of the answer
  readonly time: string; // ISO 8601
}

const most = 99; // causes that are told; the last line counts the others
const longest = 230; // characters of a sentence: with its place it fits into five texts of 70

/** Whether an error is one of content: the syntax's own answer has no word for it. */
export const isContent = (diagnostic: Diagnostic): boolean => hasError([diagnostic]) && !isNamed(diagnostic);

/** Whether an error is one of syntax. */
export const isSyntax = (diagnostic: Diagnostic): boolean => hasError([diagnostic]) && isNamed(diagnostic);

const isNamed = ({ code }: Diagnostic): boolean => codes[code].contrl !== '' || isX12Fault(code) || /^(CARGOIMP|DEVIATION)_/.test(code);

/** The answer to a message in which these errors were found, folded by cause. Our own code leads each sentence, so that a telephone call can begin with it. */
export function errorAnswer(findings: readonly Diagnostic[], { dictionary, codes: coded = { other: '' }, reference, time }: ErrorAnswerOptions): ErrorAnswer {
  const rows = new Rows(dictionary);
  const set = (row: number, name: string, value: string): void => {
    const attribute = rows.class(row).attributes.find((each) => each.name === name);
    if (attribute && value !== '') rows.set(row, attribute.slot, value);
  };
  const root = rows.add(dictionary.class('Response')!, -1);
  set(root, 'FunctionalReferenceID', reference);
  set(root, 'IssueDateTime', time.replace(/\.\d+/, ''));
  const cls = dictionary.class('Response/Error')!;
  const places = new Map<number, Diagnostic>();
  const causes = fold(findings);
  const add = (code: string, text: string): number => {
    const row = rows.add(cls, root);
    set(row, 'ValidationCode', code);
    set(row, 'Description', text);
    return row;
  };
  for (const each of causes.slice(0, most)) places.set(add(coded[each.first.code] ?? coded.other, textOf(each)), each.first);
  if (causes.length > most) add(coded.other, `${causes.length - most} more`);
  return {
    rows,
    position: (row) => positionAt(places.get(row)?.data),
    words(row) {
      const place = places.get(row)?.data;
      return place && isAddressed(place) ? describePlace(place) : '';
    },
  };
}

function textOf({ first, count }: Fold): string {
  const times = count > 1 ? ` (${count} times)` : '';
  const said = Array.from(written(`${first.code}: ${sentence(first)}`));
  return `${said.length > longest ? `${said.slice(0, longest - 3).join('')}...` : said.join('')}${times}`;
}

/** The sentence may quote what the message says, in its own letters; a control character, or a byte that was kept for want of one (`charset.ts`), is no letter. */
const written = (text: string): string =>
  text.replace(/[\0-\x1f\x7f-\x9f\uf700-\uf7ff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '?');
