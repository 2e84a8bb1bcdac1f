import { codes, type CodeRow } from '../../diagnostics/codes.ts';
import type { App } from '../app.ts';
import type { OpenApi } from '../openapi.ts';
import { asPage, markup, withCode, type Html } from '../pages.ts';
import { problemTypes } from '../problem.ts';

/** The interface, the problems and the codes, for people. */
export function docs(app: App, make: () => Promise<OpenApi>): void {
  let made: Promise<OpenApi> | undefined;
  const openApi = (): Promise<OpenApi> =>
    (made ??= make().catch((error: unknown) => {
      made = undefined; // another time it may succeed
      throw error;
    }));
  const hidden = { schema: { hide: true } };
  const page = (path: string, title: string, body: () => Html | Promise<Html>): void =>
    void app.get(path, hidden, async (_, reply) => asPage(reply, { title, body: markup`${await body()}${foot}` }));
  app.get('/docs/json', hidden, openApi);
  page('/docs', 'The HTTP interface', async () => callsPage(await openApi()));
  page('/problems/codes', 'Codes', codesPage);
  for (const [name, text] of Object.entries(problemTypes)) page(`/problems/${name}`, name.replaceAll('-', ' '), () => problemPage(text));
}

const foot = markup`<p><a href="/docs">interface</a> · <a href="/docs/json">OpenAPI 3.1</a> · <a href="/problems/codes">codes</a></p>`;

function callsPage({ paths = {} }: OpenApi): Html {
  const rows = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).map(([verb, { summary = '', description = '', security }]) => {
      const more = description === '' ? '' : markup`<br><small>${withCode(description)}</small>`;
      const access = security?.length === 0 ? 'open' : 'key';
      return markup`<tr><td class="verb">${verb.toUpperCase()}</td><td><code>${path}</code></td><td>${withCode(summary)}${more}</td><td>${access}</td></tr>`;
    }),
  );
  return markup`<p>Send <code>Authorization: Bearer KEY</code>. Everything that goes wrong is told as <code>application/problem+json</code> (RFC 9457).</p><table><thead><tr><th>Verb</th><th>Path</th><th>What</th><th>Access</th></tr></thead><tbody>${rows}</tbody></table>`;
}

const problemPage = (text: string): Html =>
  markup`<p>${text}</p><p>The member <code>code</code> of the problem says exactly what; <code>retry</code> says when the same request can succeed: <code>never</code>, <code>after-fix</code>, <code>backoff</code> (later, by itself) or <code>halt</code> (not until an operator has acted).</p>`;

function codesPage(): Html {
  const row = ([name, { severity, actor, retry, title, hint }]: [string, CodeRow]): Html =>
    markup`<tr id="${name.toLowerCase()}"><td><code>${name}</code></td><td>${severity}</td><td>${actor}</td><td>${retry}</td><td>${withCode(title)}<br><small>${withCode(hint)}</small></td></tr>`;
  return markup`<table><thead><tr><th>Code</th><th>Severity</th><th>Who acts</th><th>Retry</th><th>What, and what to do</th></tr></thead><tbody>${Object.entries<CodeRow>(codes).map(row)}</tbody></table>`;
}
