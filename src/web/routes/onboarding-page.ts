import type { FindingJson } from '../../diagnostics/json.ts';
import { keptPlace } from '../../diagnostics/json.ts';
import type { Language } from '../../diagnostics/language.ts';
import { describePlace, lineColumns, type LineColumn } from '../../diagnostics/place.ts';
import { fieldOf, partsOf, readEntity, readParameters } from '../../channels/as2/mime.ts';
import { onboardingLimits, type OnboardingView } from '../../gateway/changes/onboarding.ts';
import { markup, withCode, type Html, type Page } from '../pages.ts';
import type { Problem } from '../problem.ts';

/** The page behind the link of an invitation: what is to be shown, what was sent for it, what was found, and the request for production. */
const words = {
  en: {
    title: (partner: string) => `Onboarding of ${partner}`,
    about: (set: string) =>
      `Send one message for each scenario of “${set}”. It is judged at once as if your agreement were in force, and nothing is delivered.`,
    until: (until: string, tries: number) => `The link opens until ${until}. Messages sent so far: ${tries} of ${onboardingLimits.tries}.`,
    states: { passed: '✓ passed', failed: '✗ not passed', missing: '– nothing sent yet' },
    expects: { accepted: 'It is to be accepted.', rejected: 'It is to be rejected.' },
    became: { accepted: 'accepted', rejected: 'rejected' },
    last: (at: string, outcome: string) => `Sent last on ${at}: it would be ${outcome}.`,
    sent: (bytes: number) => `What was sent (${bytes} bytes)`,
    cut: (bytes: number) => `… and ${bytes} bytes more`,
    nothing: 'Nothing was found in it.',
    more: (findings: number) => `… and ${findings} more`,
    at: 'at',
    line: (line: number, column: number) => `line ${line}, column ${column}`,
    actual: 'it says',
    expected: 'expected',
    times: (count: number) => `${count} times in all`,
    file: 'The message, as a file',
    send: 'Send',
    request: 'Production',
    ask: 'Ask for production',
    open: (n: number) => `It can be asked for when every scenario is passed: ${n} to go.`,
    ready: 'Every scenario is passed.',
    standing: {
      open: 'Asked for on {at}. An operator decides.',
      approved: 'Approved on {decided}: you may send in production.',
      rejected: 'Declined on {decided}.',
    },
    reason: 'Reason',
    back: 'Back to the scenarios',
  },
  'zh-Hant': {
    title: (partner: string) => `${partner} 上線測試`,
    about: (set: string) => `請就「${set}」的每個情境傳送一則訊息。系統會立即依已生效之協議判定，不會轉送任何內容。`,
    until: (until: string, tries: number) => `此連結有效至 ${until}。已傳送訊息：${tries}／${onboardingLimits.tries}。`,
    states: { passed: '✓ 通過', failed: '✗ 未通過', missing: '– 尚未傳送' },
    expects: { accepted: '此訊息應被接受。', rejected: '此訊息應被拒絕。' },
    became: { accepted: '接受', rejected: '拒絕' },
    last: (at: string, outcome: string) => `最近一次傳送於 ${at}：將被${outcome}。`,
    sent: (bytes: number) => `所傳送的內容（${bytes} 個位元組）`,
    cut: (bytes: number) => `… 另有 ${bytes} 個位元組`,
    nothing: '未發現任何問題。',
    more: (findings: number) => `… 另有 ${findings} 項`,
    at: '位置',
    line: (line: number, column: number) => `第 ${line} 行第 ${column} 欄`,
    actual: '內容為',
    expected: '預期',
    times: (count: number) => `共 ${count} 次`,
    file: '訊息檔案',
    send: '傳送',
    request: '正式環境',
    ask: '申請正式環境',
    open: (n: number) => `全部情境通過後即可申請：尚有 ${n} 個。`,
    ready: '全部情境均已通過。',
    standing: { open: '已於 {at} 申請，待營運人員決定。', approved: '已於 {decided} 核准：可於正式環境傳送。', rejected: '已於 {decided} 駁回。' },
    reason: '理由',
    back: '返回情境清單',
  },
} as const;

type Words = (typeof words)[Language];

/** `view`: its findings are told in the language already. `path`: the last part of the address of this page. */
export function onboardingPage(view: OnboardingView, sent: ReadonlyMap<string, Uint8Array>, path: string, language: Language): Page {
  const say = words[language];
  const { partner, title, until, tries, list } = view;
  const head = markup`<p>${say.about(title)}</p><p>${say.until(until, tries)}</p>`;
  const sections = list.map((each) => {
    const { scenario, title: what, outcome, state, last } = each;
    const bytes = sent.get(scenario);
    const form = markup`<form method="post" enctype="multipart/form-data" action="${path}/messages?scenario=${encodeURIComponent(scenario)}"><label>${say.file} <input type="file" name="message" required></label> <button>${say.send}</button></form>`;
    return markup`<section id="${scenario}"><h2>${what}</h2><p><span class="state ${state}">${say.states[state]}</span> <code>${scenario}</code> ${say.expects[outcome]}</p>${last ? lastPart(last, bytes, say, language) : ''}${view.request ? '' : form}</section>`;
  });
  return { title: say.title(partner), language, body: markup`${head}${sections}${requestPart(view, path, say)}` };
}

function lastPart(
  { at, outcome, findings, more = 0 }: NonNullable<OnboardingView['list'][number]['last']>,
  bytes: Uint8Array | undefined,
  say: Words,
  language: Language,
): Html {
  const lineOf = bytes && lineColumns(bytes);
  const listed = findings.map((each) => findingPart(each, lineOf, say, language));
  const others = more > 0 ? markup`<p>${say.more(more)}</p>` : '';
  const found = findings.length === 0 ? markup`<p>${say.nothing}</p>` : markup`<ul>${listed}</ul>${others}`;
  return markup`<p>${say.last(at, say.became[outcome])}</p>${found}${bytes ? sentPart(bytes, say) : ''}`;
}

const separator: Readonly<Record<Language, string>> = { en: ', ', 'zh-Hant': '、' };

/** In the terms of the message: its own places, what stands there, what was expected. */
function findingPart(
  { code, message, hint, count = 1, source, actual, expected = [] }: FindingJson,
  lineOf: ((offset: number) => LineColumn) | undefined,
  say: Words,
  language: Language,
): Html {
  const at = source && lineOf?.(source.offset);
  const place = source ? [describePlace(keptPlace(source), language), ...(at ? [say.line(at.line, at.column)] : [])].join(separator[language]) : undefined;
  const rows = [
    place === undefined ? undefined : ([say.at, place] as const),
    actual === undefined ? undefined : ([say.actual, actual] as const),
    expected.length === 0 ? undefined : ([say.expected, expected.slice(0, 20).join(separator[language])] as const),
  ].filter((row) => row !== undefined);
  const details = rows.map(([name, value]) => markup`<dt>${name}</dt><dd><code>${value}</code></dd>`);
  const times = count > 1 ? ` (${say.times(count)})` : '';
  return markup`<li><p>${withCode(message)}${times} <small><a href="/problems/codes#${code.toLowerCase()}">${code}</a></small></p><dl>${details}</dl><p>${withCode(hint)}</p></li>`;
}

const most = 4_000; // bytes of a message that are shown

function sentPart(bytes: Uint8Array, say: Words): Html {
  const more = bytes.length > most ? markup`<p>${say.cut(bytes.length - most)}</p>` : '';
  return markup`<details><summary>${say.sent(bytes.length)}</summary><pre>${asText(bytes.subarray(0, most)).replaceAll('\r\n', '\n')}</pre>${more}</details>`;
}

/** UTF-8 where it is that, whole or cut; otherwise each byte by itself. */
function asText(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
  } catch {
    return Buffer.from(bytes).toString('latin1');
  }
}

function requestPart({ list, request }: OnboardingView, path: string, say: Words): Html {
  const open = list.filter(({ state }) => state !== 'passed').length;
  const ask = markup`<p>${say.ready}</p><form method="post" action="${path}/request"><button>${say.ask}</button></form>`;
  const told = (): Html => {
    if (!request) return list.length > 0 && open === 0 ? ask : markup`<p>${say.open(open)}</p>`;
    const standing = say.standing[request.state].replace('{at}', request.at).replace('{decided}', request.decidedAt ?? '');
    return markup`<p>${standing}</p>${request.reason === null ? '' : markup`<p>${say.reason}: ${request.reason}</p>`}`;
  };
  return markup`<section id="production"><h2>${say.request}</h2>${told()}</section>`;
}

/** What went wrong with a request of the page. `back`: the address of the scenarios, where there are any to go back to. */
export function problemPage({ title, detail, errors, code }: Problem, back: string | undefined, language: Language): Page {
  const items = errors.map((each) => markup`<li>${withCode(each.detail)} ${withCode(each.hint)}</li>`);
  const listed = errors.length > 1 ? markup`<ul>${items}</ul>` : ''; // one alone is what `detail` says
  const link = back === undefined ? '' : markup`<p><a href="${back}">${words[language].back}</a></p>`;
  return {
    title,
    language,
    body: markup`<p>${withCode(detail)} <small><a href="/problems/codes#${code.toLowerCase()}">${code}</a></small></p>${listed}${link}`,
  };
}

/** The file of a form that a browser sends (RFC 7578), byte for byte; other bodies are what they are. */
export function fileOf(type: string | undefined, body: Buffer): Uint8Array {
  const { value, parameters } = readParameters(type ?? '');
  if (value !== 'multipart/form-data' || parameters['boundary'] === undefined) return body;
  const parts = partsOf(body, parameters['boundary']).map(readEntity);
  const file = parts.find((part) => readParameters(fieldOf(part, 'content-disposition') ?? '').parameters['name'] === 'message');
  return file?.body ?? Buffer.alloc(0);
}
