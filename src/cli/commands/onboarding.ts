import type { InvitationView } from '../../gateway/changes/onboarding.ts';
import type { ChangeView } from '../../gateway/changes/partner-changes.ts';
import { table } from '../bench-command.ts';
import { UsageError, type Command, type ExitCode, type Io } from '../main.ts';
import { byVerb } from '../verbs.ts';
import { readWhole } from '../source.ts';
import { call, changesTable, named, numbered, print } from './partners.ts';

export const onboarding: Command = {
  usage: [
    'portolan onboarding invite FILE --scenarios SET [--days N]',
    'portolan onboarding list [--open] [--json]',
    'portolan onboarding revoke N [--reason TEXT]',
    'portolan onboarding approve PARTNER [--reason TEXT]',
  ].join('\n       '),
  summary:
    'New partners by a link: `invite` one that FILE describes (JSON or YAML), to show that it can send the messages of SET; the link is told this once. `approve`: what a partner that has passed all of them asks for, by another operator than the one who invited it. All with --url URL --key KEY.',
  example: 'portolan onboarding list --url http://127.0.0.1:8080 --key demo-operator',
  options: {
    url: { type: 'string' },
    key: { type: 'string' },
    scenarios: { type: 'string' },
    days: { type: 'string' },
    open: { type: 'boolean' },
    reason: { type: 'string' },
  },
  only: { scenarios: ['invite'], days: ['invite'], open: ['list'], reason: ['revoke', 'approve'] },
  args: [1, 2],
  async run(io) {
    const [verb = '', what] = io.args;
    if (verb === 'list' && what !== undefined) throw new UsageError(`\`${what}\` is one argument too many`);
    return byVerb(verbs, verb)(io, what);
  },
};

const reasonOf = ({ options }: Io): string =>
  options['reason'] === undefined ? '' : `?${new URLSearchParams({ reason: String(options['reason']) }).toString()}`;

const verbs: Readonly<Record<string, (io: Io, what: string | undefined) => Promise<ExitCode>>> = {
  async invite(io, path) {
    const { scenarios, days } = io.options as Readonly<Record<string, string | undefined>>;
    const text = readWhole(named(path, 'which file?')).toString('utf8');
    const query = new URLSearchParams({
      scenarios: named(scenarios, '--scenarios names a set of schemas/scenarios or of scenarios/ in the configuration'),
      ...(days === undefined ? {} : { days }),
    });
    const made = await call<{ link: string; partner: string; until: string }>(io, 'POST', `/v1/onboarding?${query.toString()}`, text, {
      'content-type': 'application/yaml',
    });
    return made ? print(io, made, () => `${made.partner} is invited until ${made.until}: ${made.link}\n`) : 1;
  },
  async list(io) {
    const items: InvitationView[] = [];
    for (let after: number | null = 0; after !== null;) {
      const page: { items: readonly InvitationView[]; next: number | null } | undefined = await call(
        io,
        'GET',
        `/v1/onboarding?limit=200&after=${after}${io.options['open'] === true ? '&state=open' : ''}`,
      );
      if (!page) return 1;
      items.push(...page.items);
      after = page.next;
    }
    const rows = items.map(({ number, partner, scenarios, by, state, until, tries, list }) => {
      const passed = list.filter((each) => each.state === 'passed').length;
      return [String(number), partner, scenarios, by, state, until, String(tries), `${passed} of ${list.length}`];
    });
    return print(io, { items }, () =>
      rows.length === 0 ? 'there are none\n' : table(['number', 'partner', 'scenarios', 'by', 'state', 'until', 'tries', 'passed'], rows),
    );
  },
  async revoke(io, number) {
    const made = await call<{ number: number }>(io, 'POST', `/v1/invitations/${numbered(number)}/revoke${reasonOf(io)}`);
    return made ? print(io, made, () => `the link of invitation ${made.number} opens nothing any more\n`) : 1;
  },
  async approve(io, partner) {
    const id = named(partner, 'which partner?');
    const open = await call<{ items: readonly Omit<ChangeView, 'items'>[] }>(io, 'GET', '/v1/partners/changes?limit=200&state=open');
    for (const { number, note } of open?.items ?? []) {
      if (!note.startsWith('asked for by invitation')) continue;
      const change = await call<ChangeView>(io, 'GET', `/v1/partners/changes/${number}`);
      if (change?.items[0]?.partner !== id) continue;
      const view = await call<ChangeView>(io, 'POST', `/v1/partners/changes/${number}/approve${reasonOf(io)}`);
      return view ? print(io, view, () => changesTable([view])) : 1;
    }
    if (open) io.tell(`${id} has not asked for production, or that was decided\n`);
    return 1;
  },
};
