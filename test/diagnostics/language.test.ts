import t from 'tap';
import { codes, type Code } from '../../src/diagnostics/codes.ts';
import { codesZhHant } from '../../src/diagnostics/codes.zh-Hant.ts';
import { finding, hint, sentence } from '../../src/diagnostics/diagnostic.ts';
import { findingJson, foldJson, spoken } from '../../src/diagnostics/json.ts';
import { acceptedLanguage, hintIn, languageOf, sentenceIn, type Language } from '../../src/diagnostics/language.ts';
import { didYouMean } from '../../src/diagnostics/suggest.ts';
import { renderFindings } from '../../src/diagnostics/text.ts';
import { defaultLimits } from '../../src/partners/limits.ts';
import { limitArgs } from '../../src/syntax/segments/excess.ts';

/** What a sentence fills in; an argument that is itself a sentence comes in both languages, as `message` and `messageZh`. */
const names = (text: string): string[] => [...text.matchAll(/\{(\w+?)(?:Zh)?\}/g)].map((match) => match[1]!).sort();
const all = Object.keys(codes) as Code[];
const simplified = /[国报单讯号码页这对说话请与为传输应将发还错误实际数据类标签经关税务观区录验证结构设书]/u;

t.test('every code is told in Traditional Chinese, with the same names in braces, and in no other Chinese', (t) => {
  t.same(Object.keys(codesZhHant).sort(), all.toSorted(), 'the same codes');
  for (const code of all) {
    const { title, hint } = codesZhHant[code];
    t.same(names(title), names(codes[code].title), `${code}, title`);
    t.same(names(hint), names(codes[code].hint), `${code}, hint`);
    const bare = (text: string): string => text.replace(/\{\w+\}/g, '');
    if (/[a-z]/.test(bare(codes[code].title))) t.match(title, /\p{Script=Han}/u, `${code} has a sentence`);
    t.notMatch(`${title}${hint}`, simplified, `${code}: no simplified characters`);
    t.notMatch(`${title}${hint}`, /[,;?!](?=\p{Script=Han})|(?<=\p{Script=Han})[,;?!:]/u, `${code}: full-width punctuation`);
  }
  t.end();
});

t.test('the language that a reader wants', (t) => {
  const headers: readonly (readonly [header: string | undefined, language: Language])[] = [
    [undefined, 'en'],
    ['', 'en'],
    ['*', 'en'],
    ['zh-TW', 'zh-Hant'],
    ['zh-Hant-HK,en;q=0.8', 'zh-Hant'],
    ['en;q=0.3, zh-HK;q=0.9', 'zh-Hant'],
    ['en-GB, zh-TW;q=0.9', 'en'],
    ['zh-CN, en;q=0.5', 'en'],
    ['zh-Hans', 'en'],
    ['zh', 'zh-Hant'],
    ['de-DE, fr;q=0.9', 'en'],
    ['zh-TW;q=0, en', 'en'],
    [';;q=,,=', 'en'],
  ];
  for (const [header, language] of headers) t.equal(acceptedLanguage(header), language, header ?? 'none');
  t.same(['zh_TW.UTF-8', 'zh_HK', 'en_US.UTF-8', 'C', 'zh_CN.UTF-8'].map(languageOf), ['zh-Hant', 'zh-Hant', 'en', undefined, undefined]);
  t.end();
});

t.test('words of ours within a sentence are told in its language, names and values of others stay', (t) => {
  const said = (code: Code, args: Record<string, string>): string => sentenceIn(finding(code, args), 'zh-Hant') + hintIn(finding(code, args), 'zh-Hant');
  const cases: readonly (readonly [code: Code, args: Record<string, string>])[] = [
    ...Object.keys(defaultLimits.edifact).map((limit) => ['EDIFACT_LIMIT', limitArgs(limit as 'segments', defaultLimits.edifact)] as const),
    ...['segments', 'messages', 'groups'].map((what) => ['EDIFACT_COUNT_MISMATCH', { segment: 'UNT', what, stated: '1', counted: '2' }] as const),
    ...['group', 'message'].map((what) => ['EDIFACT_DUPLICATE', { what, reference: '1', id: '0062' }] as const),
    ...['month', 'day', 'hour', 'minute', 'second'].map((what) => ['EDIFACT_DATE', { id: 'S004.0017', value: '261301', what, part: '13' }] as const),
    ['EDIFACT_TOO_MANY_ELEMENTS', { what: 'BGM', allowed: '4', parts: 'data elements' }],
    ['EDIFACT_CHAR_TYPE', { id: '6060', name: '', value: 'x', type: 'a number' }],
    ['RECORDS_MISSING', { record: 'H', where: 'at the end' }],
    ['PARTNER_QUOTA', { partner: 'P', what: 'messages', window: 'day', limit: '1', seconds: '2' }],
    ['MAP_UNKNOWN_SLOT', { name: 'X', suggestion: didYouMean('numbr', ['number']).replaceAll('number', 'X') }],
    ['CONFIG_UNKNOWN_NAME', { what: 'agency', name: 'X' }],
    ['WEB_REQUEST', { message: 'the body is no JSON' }],
  ];
  for (const [code, args] of cases) t.notMatch(said(code, args).replace(/`[^`]*`|JSON|docs/g, ''), /[a-z]{3}/, `${code} ${JSON.stringify(args)}`);
  t.match(said('CONFIG_UNKNOWN_NAME', { what: 'partner', name: 'message' }), /`message`/, 'what is called like a word of ours');
  t.match(said('EDIFACT_COUNT_MISMATCH', { segment: 'UNT', what: 'parcels', stated: '1', counted: '2' }), /parcels/, 'what has no translation stays');
  t.end();
});

t.test('one finding in both languages', (t) => {
  const data = { source: 'a.edi', start: 9, end: 12, edi: { message: 1, tag: 'NAD', segment: 17, element: 5, id: '3207' } };
  const found = finding('EDIFACT_VALUE', { value: 'DX', id: '3207', name: 'Country, coded', directory: 'D95B' }, { data, severity: 'error' });
  t.equal(sentenceIn(found), sentence(found));
  t.equal(hintIn(found, 'en'), hint(found));
  t.equal(sentenceIn(found, 'zh-Hant'), '`DX` 不是 D95B 資料元 3207 Country, coded 的代碼值');
  t.equal(
    `\n${renderFindings([found], { language: 'zh-Hant' })}`,
    `
error EDIFACT_VALUE  a.edi (byte 9)
   = 位置：第 1 個訊息第 17 個區段（NAD），資料元 3207
   = \`DX\` 不是 D95B 資料元 3207 Country, coded 的代碼值
   = 建議：請採用代碼表內的值，或在其旁註明另一代碼表（1131）及其管理機關（3055）
   = 參見：src/diagnostics/CODES.md#edifact_value

1 項錯誤，0 項警告
`,
  );
  const rule = finding('RULE_BROKEN', { rule: 'x/y', message: 'the totals differ', messageZh: '總數不符' });
  t.equal(sentenceIn(rule, 'zh-Hant'), '不符規則 x/y：總數不符', 'a rule brings its own sentence');
  const kept = foldJson({ first: found, count: 1, others: [] });
  t.match(spoken({ findings: [kept], code: 'x' }, 'zh-Hant'), { findings: [{ code: 'EDIFACT_VALUE', message: /代碼值$/ }], code: 'x' }, 'what was kept is told so too'); // prettier-ignore
  t.equal(findingJson(found, undefined, 'zh-Hant').message, sentenceIn(found, 'zh-Hant'));
  t.end();
});
