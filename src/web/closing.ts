import { finding } from '../diagnostics/diagnostic.ts';
import type { Store } from '../store/store.ts';
import type { App, WebContext } from './app.ts';
import { allow } from './auth.ts';
import { ProblemException } from './problem.ts';
import { problems } from './schemas.ts';
import { Type } from './shape.ts';

/** A line that an operator takes away, with a reason that is recorded. */
export interface Closing {
  readonly path: `${string}/:number/close`;
  readonly summary: string;
  readonly may: string; // what a caller must be allowed to do, in words
  readonly close: (store: Store, number: number, by: string, reason: string) => Promise<boolean>; // false: there is no such line
}

export function closing(app: App, { gateway, caller }: WebContext, { path, summary, may, close }: Closing): void {
  app.post(
    path,
    {
      schema: {
        summary,
        tags: ['messages'],
        params: Type.Object({ number: Type.Integer({ minimum: 1 }) }),
        querystring: Type.Object({ reason: Type.String({ minLength: 1, maxLength: 500 }) }, { additionalProperties: false }),
        response: { 200: Type.Object({ number: Type.Integer(), closed: Type.Literal(true) }), ...problems },
      },
    },
    async (request) => {
      const who = caller(request);
      allow(who, may, 'operator');
      const { number } = request.params;
      if (!(await close(gateway.store, number, who.id, request.query.reason))) throw new ProblemException(finding('WEB_NOT_FOUND', { path: request.url }));
      return { number, closed: true as const };
    },
  );
}
