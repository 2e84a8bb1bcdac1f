import { codes, type Actor, type Code, type CodeRow } from './codes.ts';

const actors: Readonly<Record<Actor, string>> = {
  sender: 'the sender of the message',
  analyst: 'the analyst of the map',
  operator: 'the operator of the gateway',
  agency: 'the receiving agency',
  us: 'the makers of Portolan',
};

const retries = {
  never: 'the same bytes will fail again; the sender must send anew',
  'after-fix': 'a map, table, key or file must change; then it is sent again',
  backoff: 'transient; tried again by itself',
  halt: 'our own state is uncertain; nothing more is accepted until it is understood',
} as const;

/** The page of all codes, `CODES.md`: made from the register, so that it cannot differ from it. */
export function codesMarkdown(): string {
  const all = Object.entries(codes) as [Code, CodeRow][];
  const rooms = [...new Set(all.map(([code]) => roomOf(code)))];
  return [
    '# Codes',
    '',
    'Made from `codes.ts`; `npm run golden` writes it anew. A code that was released is never renamed or reused.',
    '',
    `${all.length} codes. \`{name}\` stands for what the finding fills in. *CONTRL* is the value of data element 0085 with which the code is answered.`,
    '',
    '| retry | what it means |',
    '| --- | --- |',
    ...Object.entries(retries).map(([name, meaning]) => `| ${name} | ${meaning} |`),
    '',
    '## Who must act',
    '',
    ...(Object.keys(actors) as Actor[]).flatMap((actor) => {
      const own = all.filter(([, row]) => row.actor === actor).map(([code]) => `[${code}](#${code.toLowerCase()})`);
      return own.length === 0 ? [] : [`**${actor}** (${actors[actor]}): ${own.join(' · ')}`, ''];
    }),
    ...rooms.flatMap((room) => [
      `## ${room}`,
      '',
      '| code | severity | who | retry | HTTP | CONTRL | what | what to do |',
      '| --- | --- | --- | --- | --- | --- | --- | --- |',
      ...all.filter(([code]) => roomOf(code) === room).map(([code, row]) => line(code, row)),
      '',
    ]),
  ].join('\n');
}

const roomOf = (code: string): string => code.split('_')[0]!;

function line(code: Code, row: CodeRow): string {
  const cells = [
    `<a id="${code.toLowerCase()}"></a>\`${code}\``,
    row.severity,
    row.actor,
    row.retry,
    row.http === 0 ? '' : String(row.http),
    row.contrl,
    cell(row.title),
    cell(row.hint),
  ];
  return `| ${cells.join(' | ')} |`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
