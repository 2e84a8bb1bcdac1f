import { pause } from '../serving/process.ts';
import { acknowledged, persistently, type Party, type World } from './world.ts';

/** POST /v1/interchanges until there is a 202: the same bytes are the same interchange. */
export function post(world: World, id: string): Party['send'] {
  return (reference, bytes) =>
    persistently(world, reference, async () => {
      const headers = { authorization: `Bearer demo-of-${id}`, 'idempotency-key': reference };
      const response = await fetch(`${world.gateway}/v1/interchanges`, { method: 'POST', headers, body: new Uint8Array(bytes) });
      const text = await response.text();
      if (response.status === 202) return (JSON.parse(text) as { id: string }).id;
      if (response.status !== 503 && response.status !== 429) throw new Refusal(`${reference}: ${response.status} ${text.slice(0, 200)}`);
      return undefined;
    });
}

/** What is no matter of trying again. */
export class Refusal extends Error {}

const soapAnswer = Buffer.from('<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope"><e:Body/></e:Envelope>');

/** Posts, and is posted to. */
export function http(world: World): Party {
  world.answer('http', async ({ headers, body }) => {
    world.got('http', acknowledged(Buffer.from(body).toString('latin1')), String(headers['portolan-delivery']), body);
    return { status: 200, headers: { 'content-type': 'text/plain' }, body: Buffer.from('taken') };
  });
  return { id: 'http', channel: { http: { url: `${world.ends}/http` } }, send: post(world, 'http') };
}

/** Posts, and is posted to in envelopes. */
export function soap(world: World): Party {
  world.answer('soap', async ({ headers, body }) => {
    const content = Buffer.from(/Content[^>]*>([^<]+)</.exec(Buffer.from(body).toString())![1]!, 'base64').toString('latin1');
    world.got('soap', acknowledged(content), String(headers['portolan-delivery']), content);
    return { status: 200, headers: { 'content-type': 'application/soap+xml' }, body: soapAnswer };
  });
  const body = [{ element: 'Deliver', namespace: 'urn:example:kill', children: [{ element: 'Content', document: 'base64' }] }];
  return { id: 'soap', channel: { soap: { url: `${world.ends}/soap`, body } }, send: post(world, 'soap') };
}

/** Posts, and fetches from its mailbox by numbers; a mailbox has each once. */
export function mailbox(world: World): Party {
  return { id: 'mailbox', channel: 'mailbox', send: post(world, 'mailbox'), close: fetching(world, 'mailbox', 'demo-of-mailbox', acknowledged) };
}

/** Fetches a mailbox from its first number on until all is over. */
export function fetching(world: World, id: string, key: string, about: (content: string, message?: string) => string): () => Promise<void> {
  const get = (path: string): Promise<Response> => fetch(world.gateway + path, { headers: { authorization: `Bearer ${key}` } });
  const look = async (): Promise<void> => {
    for (let after = 0; !world.done; await pause(150)) {
      await world.alive;
      try {
        const page = await get(`/v1/inbox?after=${after}&limit=100`);
        const { items } = (await page.json()) as { readonly items: readonly { readonly number: number; readonly message?: string }[] };
        for (const { number, message } of items) {
          const content = Buffer.from(await (await get(`/v1/inbox/${number}`)).arrayBuffer()).toString('latin1');
          if (number !== after + 1) world.got(id, `gap before ${number}`, '', '');
          world.got(id, about(content, message), `number ${number}`, content);
          after = number;
        }
      } catch {
        // it has fallen; the numbers do not forget
      }
    }
  };
  const looking = look();
  return () => looking;
}
