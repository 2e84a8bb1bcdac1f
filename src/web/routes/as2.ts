import type { IncomingHttpHeaders } from 'node:http';
import { Type } from '../shape.ts';
import { finding } from '../../diagnostics/diagnostic.ts';
import type { App, WebContext } from '../app.ts';
import { takeBodies, type Body } from '../bodies.ts';
import { ProblemException } from '../problem.ts';
import { Open, problems } from '../schemas.ts';

/** `POST /as2`: messages and receipts of partners. No key is asked for: who sends is shown by the signature. */
export function as2(app: App, { gateway }: WebContext): void {
  void app.register(async (child) => {
    const scope = child as App;
    takeBodies(scope, gateway, (request) => `address ${request.ip}`);
    const labels = new WeakMap<object, string | undefined>();
    scope.addHook('preParsing', async (request) => {
      const { headers, raw } = request;
      if (!(await gateway.channels.expects('as2', headers))) throw unknown(headers); // no room is kept for what strangers send
      labels.set(raw, headers['content-type']);
      raw.headers['content-type'] = undefined; // some write it as no parser would have it: it is for the channel to read
    });
    scope.post(
      '/as2',
      {
        schema: {
          consumes: ['*/*'],
          summary: 'AS2 messages and receipts (RFC 4130)',
          description: 'AS2-From and AS2-To name the exchange; the answer is the receipt, where one is asked for in the answer.',
          tags: ['channels'],
          security: [],
          headers: Type.Object({
            'as2-from': Type.Optional(Type.String()),
            'as2-to': Type.Optional(Type.String()),
            'message-id': Type.Optional(Type.String()),
          }),
          response: { 200: Open, ...problems },
        },
      },
      async (request, reply) => {
        const { bytes } = (request.body as Body | undefined) ?? { bytes: Buffer.alloc(0) };
        const answer = await gateway.channels.answer('as2', { headers: { ...request.headers, 'content-type': labels.get(request.raw) }, body: bytes });
        if (!answer) throw unknown(request.headers);
        return reply
          .code(answer.status as 200)
          .headers(answer.headers)
          .send(Buffer.from(answer.body) as never);
      },
    );
  });
}

const unknown = (headers: IncomingHttpHeaders): ProblemException =>
  new ProblemException(finding('AS2_UNKNOWN', { from: name(headers['as2-from']), to: name(headers['as2-to']) }));
const name = (header: string | readonly string[] | undefined): string => String(header ?? '').slice(0, 128);
