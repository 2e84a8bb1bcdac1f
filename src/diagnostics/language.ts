import type { Code } from './codes.ts';
import { codes } from './codes.ts';
import { codesZhHant } from './codes.zh-Hant.ts';
import { wordInChinese } from './words.zh-Hant.ts';
import type { Diagnostic } from './diagnostic.ts';

/** The languages in which findings are told. Codes, names and values are the same in both. */
export type Language = 'en' | 'zh-Hant';

const registers: Readonly<Record<Language, Readonly<Record<Code, { readonly title: string; readonly hint: string }>>>> = { en: codes, 'zh-Hant': codesZhHant };

/** What the register says of a code, with the names of what a finding fills in. */
export const entryOf = (code: Code, language: Language = 'en'): { readonly title: string; readonly hint: string } => registers[language][code];

/** The sentence of a finding: the register's title with its arguments filled in. */
export function sentenceIn({ code, args }: Pick<Diagnostic, 'code' | 'args'>, language: Language = 'en'): string {
  return fill(registers[language][code].title, language === 'en' ? args : inChinese(args));
}

/** The remedy of a finding, from the same register. */
export function hintIn({ code, args }: Pick<Diagnostic, 'code' | 'args'>, language: Language = 'en'): string {
  return fill(registers[language][code].hint, language === 'en' ? args : inChinese(args));
}

/** Some arguments are sentences of their own, and stand beside the English ones: `message`, `messageZh`; others are words of ours. */
const inChinese = (args: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(args).map(([name, value]) => [name, args[`${name}Zh`] ?? wordInChinese(name, value)]));

const templates = new Map<string, readonly string[]>(); // cut at their names: every second part is one

function fill(template: string, args: Readonly<Record<string, string>>): string {
  let parts = templates.get(template);
  if (!parts) templates.set(template, (parts = template.split(/\{(\w+)\}/)));
  let text = parts[0]!;
  for (let i = 1; i < parts.length; i += 2) text += (args[parts[i]!] ?? '') + parts[i + 1]!;
  return text;
}

/** What stands around findings for people. */
const around = {
  en: {
    stop: '. ',
    at: 'at: ',
    rule: 'rule: ',
    expected: 'expected: ',
    because: 'because: ',
    with: 'with: ',
    hint: 'hint: ',
    see: 'see: ',
    andMore: (n: number) => ` and ${n} more`,
    more: (n: number, how: string) => `and ${n} more (${how})`,
    times: (n: number, places: string) => `${n} times in all${places === '' ? '' : `; also ${places}`}`,
    counts: (errors: number, warnings: number) => `${plural(errors, 'error')}, ${plural(warnings, 'warning')}`,
  },
  'zh-Hant': {
    stop: '。',
    at: '位置：',
    rule: '規則：',
    expected: '預期：',
    because: '原因：',
    with: '相關：',
    hint: '建議：',
    see: '參見：',
    andMore: (n: number) => ` 等，另有 ${n} 個`,
    more: (n: number, how: string) => `另有 ${n} 項（${how}）`,
    times: (n: number, places: string) => `共 ${n} 次${places === '' ? '' : `；亦見於 ${places}`}`,
    counts: (errors: number, warnings: number) => `${errors} 項錯誤，${warnings} 項警告`,
  },
} as const;

export const wordsOf = (language: Language = 'en') => around[language];

const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;

/** The language of an `Accept-Language` header (RFC 9110, 12.5.4): the one that is wanted most of those there are. Simplified Chinese is another one. */
export function acceptedLanguage(header: string | undefined): Language {
  const ranges = (header ?? '').split(',').map((part, order) => {
    const [tag = '', ...parameters] = part.trim().split(';');
    const q = parameters.map((each) => /^\s*q=([\d.]+)\s*$/.exec(each)?.[1]).find((each) => each !== undefined);
    return { language: languageOf(tag.trim()), q: q === undefined ? 1 : Number(q), order };
  });
  const wanted = ranges.filter(({ language, q }) => language !== undefined && q > 0).sort((a, b) => b.q - a.q || a.order - b.order);
  return wanted[0]?.language ?? 'en';
}

/** `zh-TW`, `zh_HK.UTF-8`, `zh-Hant`; undefined for a language that there is not. */
export function languageOf(tag: string): Language | undefined {
  const parts = tag
    .toLowerCase()
    .replace(/[.@].*$/, '')
    .split(/[-_]/);
  if (parts[0] === 'en') return 'en';
  if (parts[0] !== 'zh') return undefined;
  return parts.includes('hans') || (!parts.includes('hant') && parts.some((part) => part === 'cn' || part === 'sg')) ? undefined : 'zh-Hant';
}
