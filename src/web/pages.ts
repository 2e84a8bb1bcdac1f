import { createHash } from 'node:crypto';
import type { FastifyReply } from 'fastify';

/** Pages for people: without a script, and without anything from elsewhere. */

/** Text that stands in a page as it is: made by `markup` alone. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | readonly Html[];

/** A piece of a page. Whatever is put into it is escaped, unless it is such a piece itself. */
export function markup(pieces: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = pieces[0]!;
  parts.forEach((part, i) => (text += written(part) + pieces[i + 1]!));
  return new Html(text);
}

const written = (part: Part): string => {
  if (part instanceof Html) return part.text;
  return typeof part === 'object' ? part.map(({ text }) => text).join('') : escape(shown(String(part)));
};

const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Controls, what turns the direction of writing, what has no width, and halves of characters: each is shown as what it is, and does nothing. */
const unseen =
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

const shown = (text: string): string => text.replace(unseen, (found) => `⟦${found.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}⟧`);

/** What stands in backquotes as code. */
export const withCode = (text: string): Html => markup`${text.split('`').map((part, i) => (i % 2 === 1 ? markup`<code>${part}</code>` : markup`${part}`))}`;

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1b2733;background:#fff}
a{color:#0b5c8a}code,pre{background:#eef2f5;border-radius:3px}code{padding:.1em .3em}pre{padding:.6rem;white-space:pre-wrap;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid #d5dde3}th{font-weight:600}
.verb,.state{font-weight:600}.passed{color:#1a6b3c}.failed{color:#a3261d}section{border-top:1px solid #d5dde3;padding-top:.5rem}
button,input{font:inherit}button{padding:.3rem 1rem;min-height:2.25rem}dt{font-weight:600}dd{margin:0 0 .4rem 1rem}`;

const headers = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

export interface Page {
  readonly title: string;
  readonly body: Html;
  readonly language?: string; // English where absent
}

/** The text of a page, with the headers by which a browser runs nothing in it and loads nothing for it. */
export function asPage(reply: FastifyReply, { title, body, language = 'en' }: Page): string {
  void reply.headers(headers);
  const head = markup`<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Portolan: ${title}</title>`;
  const page = markup`<html lang="${language}"><head>${head}<style>${new Html(style)}</style></head><body><main><h1>${title}</h1>${body}</main></body></html>`;
  return `<!doctype html>\n${page.text}\n`;
}

/** Whether a page is wanted rather than JSON (RFC 9110, 12.5.1): only who names it gets one. */
export function wantsPage(accept: string | undefined): boolean {
  const weights = new Map(
    (accept ?? '').split(',').map((range) => {
      const [type = '', ...parameters] = range.split(';').map((each) => each.trim().toLowerCase());
      const q = parameters.map((each) => /^q=([\d.]+)$/.exec(each)?.[1]).find((each) => each !== undefined);
      return [type, q === undefined ? 1 : Number(q)] as const;
    }),
  );
  return (weights.get('text/html') ?? 0) > (weights.get('application/json') ?? 0);
}
