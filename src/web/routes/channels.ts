import { Type } from '../shape.ts';
import { readFrame } from '../../channels/adapter/frames.ts';
import { handedOf } from '../../channels/adapter/process.ts';
import { finding } from '../../diagnostics/diagnostic.ts';
import type { App, WebContext } from '../app.ts';
import { allow } from '../auth.ts';
import { ProblemException } from '../problem.ts';
import { Open, problems } from '../schemas.ts';

/** What adapters that run by themselves say (`channels/adapter/CONTRACT.md`). What arrives by them is submitted as every interchange is. */
export function channels(app: App, { gateway, caller }: WebContext): void {
  app.post(
    '/v1/channels/:party/receipts',
    {
      schema: {
        summary: 'What a receiver said of a delivery',
        description: 'A `receipt` of the channel contract, for a delivery that its adapter had answered with `sent`. Said twice, it counts once.',
        tags: ['channels'],
        params: Type.Object({ party: Type.String({ minLength: 1, maxLength: 63 }) }),
        body: Type.Object(
          {
            delivery: Type.String(),
            state: Type.String(),
            failure: Type.Optional(Type.String()),
            reason: Type.Optional(Type.String()),
            retryAfter: Type.Optional(Type.Integer()),
            proof: Type.Optional(Type.Object({ size: Type.Integer(), sha256: Type.String(), base64: Type.String(), media: Type.String() })),
          },
          { additionalProperties: true },
        ),
        response: { 200: Open, ...problems },
      },
    },
    async (request) => {
      const { id, role } = caller(request);
      const { party } = request.params;
      allow(caller(request), 'speak of deliveries', 'partner', 'agency');
      if (id !== party) throw new ProblemException(finding('WEB_NOT_ALLOWED', { who: `${role} ${id}`, what: `speak for ${party}` }));
      const said = readFrame(JSON.stringify({ ...request.body, type: 'receipt' }));
      if (typeof said !== 'object' || said.type !== 'receipt') throw new ProblemException(finding('WEB_REQUEST', { message: String(said) }));
      const handed = await handedOf(said, '', 'D'); // known by its key alone
      if (said.proof && handed.state !== 'sent' && !handed.proof)
        throw new ProblemException(finding('WEB_REQUEST', { message: 'the bytes of the proof are not those of the stated size and hash' }));
      const settled = await gateway.settle(party, said.delivery, 'adapter', handed);
      if (!settled) throw new ProblemException(finding('WEB_NOT_FOUND', { path: request.url }));
      return { delivery: said.delivery, interchange: settled.interchange, duplicate: settled.duplicate };
    },
  );
}
