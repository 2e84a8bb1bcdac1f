import { aggregates, functions } from '../../language/expression/functions.ts';
import { codecs } from './register.ts';
import type { CodecExample } from './codec.ts';

/** The page of all codecs and functions, `CODECS.md`: made from the register, whose examples a test runs. */
export function codecsMarkdown(): string {
  return [
    '# Codecs and functions',
    '',
    'Made from `src/maps/codecs` and `src/language`; `npm run golden` writes it anew. Every example here is run by a test.',
    '',
    'An element of a map names one codec, first, with its options after it: `{ lines: 70, count: 5 }` or `{ lines: { width: 70, count: 5 } }`.',
    'What is read and what is written may differ; then the last column says what is written back. A slot without a codec is text.',
    '',
    ...[...codecs.values()].flatMap((codec) => [
      `## ${codec.name}`,
      '',
      codec.doc,
      '',
      '| argument | on the wire | means | written back |',
      '| --- | --- | --- | --- |',
      ...codec.examples.map((example) => row(example)),
      '',
    ]),
    '## Expressions',
    '',
    "Texts stand in quotes (`'it''s'`), numbers are decimal digits, names are slots. `and`, `or`, `not`, `= != < <= > >=`, `in` (a text of words: `mode in '1 3'`),",
    '`+ - * /`, `&` (texts joined), `if … then … else …`, `present(name)`, `coalesce(a, b, …)` (the first that is not missing). Two names are compared by `=` as texts,',
    'by `<` as numbers. What is made of a missing text is missing, unless `present`, `coalesce` or `if` deal with it. At most 40 parts, 8 deep; numbers have 34 digits.',
    '',
    '| function | takes | gives | what |',
    '| --- | --- | --- | --- |',
    ...Object.entries(functions).map(([name, each]) => `| \`${name}\` | ${each.takes.join(', ')} | ${each.gives} | ${each.doc} |`),
    ...Object.entries(aggregates).map(([name, each]) => `| \`${name}\` | a group${each.each ? `, ${each.each}` : ''} | ${each.gives} | ${each.doc} |`),
    '',
    'A pattern is a text in quotes: letters stand for themselves; `\\d` digit, `\\w` letter, digit or `_`, `\\s` blank, `.` anything, `[A-Z]`, `[^,]`, `( | )`,',
    '`* + ? {2} {2,5} {2,}`. `matches` covers the whole text. No pattern is slow, whatever the text.',
    '',
  ].join('\n');
}

function row({ args, wire, value, refused, prints }: CodecExample): string {
  const texts = (list: readonly string[]): string => (list.length === 0 ? 'nothing' : list.map((each) => (each === '' ? '(absent)' : code(each))).join(' · '));
  const means =
    refused !== undefined
      ? `refused: ${refused}`
      : value === undefined
        ? 'no fact'
        : typeof value === 'string'
          ? code(value)
          : code(`${value.value} ${value.unit}`);
  return `| ${code(args)} | ${texts(wire)} | ${means} | ${prints ? texts(prints) : ''} |`;
}

const code = (text: string): string => `\`${text.replaceAll('|', '\\|')}\``;
