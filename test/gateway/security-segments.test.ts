import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { loadConfigurationFolder } from '../../src/gateway/library/library.ts';
import { translate, type Translation } from '../../src/gateway/translation/translate.ts';
import type { Agreement } from '../../src/partners/partner.ts';
import { library } from '../library.ts';
import { root } from '../root.ts';

await library.loadSchemas();
const loaded = loadConfigurationFolder(join(root, 'samples/gateway'), library).configuration!;

function send(fault: string, tolerance: Agreement['tolerance']): Translation {
  const partners = loaded.partners.map((each) => ({ ...each, agreement: { ...each.agreement, contrl: 'always' as const, tolerance } }));
  const bytes = readFileSync(join(root, 'test/cases', fault, 'input.edi'));
  return translate({ id: '01JD0000000000000000000000', partner: 'blue-anchor', receivedAt: '2026-11-21T08:30:00.000Z', bytes }, library, {
    ...loaded,
    partners,
  });
}

const told = ({ interchanges }: Translation): string[] =>
  interchanges.flatMap(({ reply }) => (reply ? Buffer.from(reply).toString().split("'").filter((segment) => /^UC[IMS]/.test(segment)).map((segment) => segment.replace(/\+BA.*PORTOLAN/, '')) : [])); // prettier-ignore

t.test('by agreement a message with security is translated, and its security is a loss', async (t) => {
  for (const fault of ['security-in-message', 'security-in-message-4']) {
    const agreed = send(fault, { EDIFACT_SECURITY: 'warning' });
    const [message] = agreed.interchanges.flatMap(({ messages }) => messages);
    t.equal(message?.state, 'translated', fault);
    t.same(told(agreed), ['UCI+7'], 'and CONTRL has nothing to say');
    const lost = (message?.losses ?? []).filter(({ code }) => code === 'MAP_NO_NODE').map(({ source }) => source?.edi?.tag);
    t.same([...new Set(lost)], ['USH', 'USA', 'USC', 'UST', 'USR'], 'each of them by name');
  }
});

t.test('without one it is refused', async (t) => {
  const [message] = send('security-in-message-4', {}).interchanges.flatMap(({ messages }) => messages);
  t.equal(message?.state, 'rejected');
  t.same(told(send('security-in-interchange-4', {})), ['UCI+4+47+USH++S1+1']);
  t.same(told(send('security-in-interchange-4', { EDIFACT_SECURITY: 'warning' })), ['UCI+7']);
});

t.test('what is around it is translated, where packages are passed over', async (t) => {
  t.same(told(send('package-4', {})), ['UCI+4+47+UNO']);
  const agreed = send('package-4', { EDIFACT_OBJECT: 'warning' });
  t.same(agreed.interchanges.flatMap(({ messages }) => messages.map(({ state }) => state)), ['translated']); // prettier-ignore
  t.same(told(agreed), ['UCI+7']);
});
