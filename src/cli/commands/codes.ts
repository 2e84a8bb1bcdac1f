import { codes as register, type Code as FindingCode } from '../../diagnostics/codes.ts';
import { hasError } from '../../diagnostics/diagnostic.ts';
import { entryOf } from '../../diagnostics/language.ts';
import { didYouMean } from '../../diagnostics/suggest.ts';
import { renderFindings } from '../../diagnostics/text.ts';
import { compareCodes, readCodeLists, type Code, type CodeList } from '../../dictionary/codelist.ts';
import { table } from '../bench-command.ts';
import { libraryFor } from '../library.ts';
import { configOption } from '../options.ts';
import { UsageError, type Command, type Io } from '../main.ts';
import { readWhole } from '../source.ts';

const listed = 40; // codes, unless all are wanted

export const codes: Command = {
  usage: 'portolan codes [CODE | list | show LIST | search LIST TEXT | diff LIST FILE] [--config DIR] [--all] [--json]',
  summary:
    'Code lists: which there are, where each comes from, its codes with the days between which they are valid. A CSV in the configuration folder (`codes/un/locode.csv` with the columns code, name, from, until) replaces the table of its list while the gateway runs; `diff` says beforehand what it would add, remove and change. The lists of UN/EDIFACT are printed by `portolan directory codes`. Of the code of a finding: what it means, who must act, and how.',
  example: 'portolan codes show iso/3166-1 && portolan codes search un/rec20 kilogram && portolan codes SEND_UNREACHABLE',
  options: { ...configOption, all: { type: 'boolean' } },
  only: { all: ['show', 'search', 'diff'] },
  args: [0, 3],
  async run(io) {
    const [verb = 'list', name, text] = io.args;
    if (/^[A-Z]/.test(verb)) return explain(io, verb);
    const { judging } = libraryFor(io.options);
    if (verb === 'list') return list(io, [...judging.codes.lists.values()]);
    if (verb !== 'show' && verb !== 'search' && verb !== 'diff') throw new UsageError(`\`${verb}\` is none of list, show, search, diff`);
    const found = name === undefined ? undefined : judging.codes.lists.get(name);
    if (!found) throw new UsageError(`there is no list \`${name ?? ''}\`${didYouMean(name ?? '', [...judging.codes.lists.keys()])}`);
    if ((verb === 'show') !== (text === undefined)) throw new UsageError(`\`${verb}\` takes a list${verb === 'show' ? '' : ' and a text or file'}`);
    if (verb === 'diff') return diff(io, found, text!);
    const wanted = text?.toLowerCase();
    const matching = [...found.codes.values()].filter((each) => wanted === undefined || `${each.code} ${each.name}`.toLowerCase().includes(wanted));
    return print(io, found, matching);
  },
};

/** What a finding of this code says, with the names of what it fills in, and what to do: where `status` and alerts send whoever has it before them. */
function explain({ options, args, language, out }: Io, code: string): 0 {
  if (!Object.hasOwn(register, code)) throw new UsageError(`there is no code \`${code}\`${didYouMean(code, Object.keys(register))}`);
  if (args.length > 1) throw new UsageError(`\`${args[1]}\` is one argument too many`);
  const { severity, actor, retry, http, contrl } = register[code as FindingCode];
  const { title, hint } = entryOf(code as FindingCode, language);
  if (options['json']) out(`${JSON.stringify({ code, severity, actor, retry, http, contrl, title, hint }, null, 2)}\n`);
  else
    out(
      `${severity} ${code}\n   = ${title}\n   = hint: ${hint}\n   = who acts: ${actor}; again: ${retry}\n   = see: src/diagnostics/CODES.md#${code.toLowerCase()}\n`,
    );
  return 0;
}

const headOf = (each: CodeList) => ({
  list: each.name,
  codes: each.codes.size,
  checked: each.table === undefined ? 'by its form alone' : 'by table',
  form: each.form?.source.replace(/^\^\(\?:(.*)\)\$$/, '$1') ?? '',
  uses: each.uses.map(({ path, attribute, where }) => `${path}.${attribute}${where ? ` where ${where.attribute} is ${where.values.join(' or ')}` : ''}`),
  title: each.title,
  source: each.source,
});

function list({ options, out }: Io, lists: readonly CodeList[]): 0 {
  const heads = lists.map(headOf);
  if (options['json']) out(`${JSON.stringify({ lists: heads }, null, 2)}\n`);
  else
    out(
      table(
        ['list', 'codes', 'checked', 'title', 'source'],
        heads.map((each) => [each.list, String(each.codes), each.checked, each.title, each.source]),
      ),
    );
  return 0;
}

function print({ options, out, tell }: Io, of: CodeList, found: readonly Code[]): 0 | 1 {
  if (options['json']) out(`${JSON.stringify({ ...headOf(of), entries: found }, null, 2)}\n`);
  else {
    const most = options['all'] === true ? Infinity : listed;
    tell(`${of.name}: ${of.title}; checked ${headOf(of).checked}\nsource: ${of.source}\n`);
    if (found.length > 0) out(rowsOf(found.slice(0, most)));
    if (found.length > most) tell(`${found.length - most} more; --all lists them\n`);
  }
  return found.length > 0 || of.table === undefined ? 0 : 1;
}

/** What a file would change, before it does. */
function diff({ options, out, tell }: Io, before: CodeList, path: string): 0 | 1 {
  const text = readWhole(path).toString('utf8');
  const { lists, findings } = readCodeLists([], [{ path: `codes/${before.name}.csv`, text }]);
  const after = lists.get(before.name);
  const changes = after && compareCodes(before, after);
  const shown = findings.map((each) => ({ ...each, ...(each.rule ? { rule: { ...each.rule, source: path } } : {}) }));
  if (options['json']) out(`${JSON.stringify({ list: before.name, findings: shown, ...changes }, null, 2)}\n`);
  else {
    if (findings.length > 0) tell(renderFindings(shown, { bytes: (source) => (source === path ? Buffer.from(text) : undefined) }));
    for (const [what, found] of Object.entries(changes ?? {})) {
      out(`${found.length} ${what}\n`);
      if (found.length > 0) out(rowsOf(options['all'] === true ? found : found.slice(0, listed)));
    }
  }
  return hasError(findings) ? 1 : 0;
}

const rowsOf = (found: readonly Code[]): string =>
  table(
    ['code', 'from', 'until', 'name'],
    found.map(({ code, from, until, name }) => [code, from, until, name]),
  );
