import { codes, type CodeRow } from '../../diagnostics/codes.ts';
import type { App } from '../app.ts';
import { problemTypes } from '../problem.ts';

/** Pages for people, without a script and without anything from elsewhere. */
export function docs(app: App): void {
  const hidden = { schema: { hide: true } };
  app.get('/docs/json', hidden, async () => app.swagger());
  app.get('/docs', hidden, async (_, reply) => reply.type(html).send(page('The HTTP interface', await callsPage(app))));
  app.get('/problems/codes', hidden, async (_, reply) => reply.type(html).send(page('Codes', codesPage())));
  for (const [name, text] of Object.entries(problemTypes)) {
    app.get(`/problems/${name}`, hidden, async (_, reply) => reply.type(html).send(page(name.replaceAll('-', ' '), problemPage(text))));
  }
}

const html = 'text/html; charset=utf-8';
const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
const code = (text: string): string => escape(text).replace(/`([^`]+)`/g, '<code>$1</code>');

const style = `body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem;color:#1b2733;background:#fff}
a{color:#0b5c8a}code{background:#eef2f5;padding:.1em .3em;border-radius:3px}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.4rem .6rem;border-bottom:1px solid #d5dde3}th{font-weight:600}.verb{font-weight:600}`;

function page(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Portolan: ${escape(title)}</title><style>${style}</style></head><body><h1>${escape(title)}</h1>${body}<p><a href="/docs">interface</a> · <a href="/docs/json">OpenAPI 3.1</a> · <a href="/problems/codes">codes</a></p></body></html>`;
}

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly security?: readonly unknown[];
}

async function callsPage(app: App): Promise<string> {
  const paths = Object.entries(app.swagger().paths ?? {}) as [string, Record<string, Operation>][];
  const rows = paths.flatMap(([path, operations]) =>
    Object.entries(operations).map(
      ([verb, { summary = '', description = '', security }]) =>
        `<tr><td class="verb">${verb.toUpperCase()}</td><td><code>${escape(path)}</code></td><td>${code(summary)}${description === '' ? '' : `<br><small>${code(description)}</small>`}</td><td>${security?.length === 0 ? 'open' : 'key'}</td></tr>`,
    ),
  );
  return `<p>Send <code>Authorization: Bearer KEY</code>. Everything that goes wrong is told as <code>application/problem+json</code> (RFC 9457).</p><table><thead><tr><th>Verb</th><th>Path</th><th>What</th><th>Access</th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function problemPage(text: string): string {
  return `<p>${escape(text)}</p><p>The member <code>code</code> of the problem says exactly what; <code>retry</code> says when the same request can succeed: <code>never</code>, <code>after-fix</code>, <code>backoff</code> (later, by itself) or <code>halt</code> (not until an operator has acted).</p>`;
}

function codesPage(): string {
  const row = ([name, { severity, actor, retry, title, hint }]: [string, CodeRow]): string =>
    `<tr id="${name.toLowerCase()}"><td><code>${name}</code></td><td>${severity}</td><td>${actor}</td><td>${retry}</td><td>${code(title)}<br><small>${code(hint)}</small></td></tr>`;
  return `<table><thead><tr><th>Code</th><th>Severity</th><th>Who acts</th><th>Retry</th><th>What, and what to do</th></tr></thead><tbody>${Object.entries<CodeRow>(codes).map(row).join('')}</tbody></table>`;
}
