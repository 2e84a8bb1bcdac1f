import { Type } from '../shape.ts';
import { finding } from '../../diagnostics/diagnostic.ts';
import type { App, WebContext } from '../app.ts';
import { allow } from '../auth.ts';
import { ProblemException } from '../problem.ts';
import { problems } from '../schemas.ts';

/** `POST /v1/configuration/reload`: what lies in the configuration folder is looked at now, and taken up as a whole or not at all. */
export function configuration(app: App, { gateway, caller }: WebContext): void {
  app.post(
    '/v1/configuration/reload',
    {
      schema: {
        summary: 'Take up what was changed in the configuration folder',
        description:
          'Changes are taken up by themselves within a second; this one answers with what came of it. 422 with all findings where anything is wrong: then nothing is taken up.',
        tags: ['configuration'],
        response: { 200: Type.Object({ changed: Type.Boolean(), hash: Type.String(), findings: Type.Array(Type.Unknown()) }), ...problems },
      },
    },
    async (request) => {
      allow(caller(request), 'reload the configuration', 'operator');
      const reloaded = await gateway.reload?.();
      if (!reloaded) return { changed: false, hash: gateway.inForce.recorded.hash, findings: [] };
      const errors = reloaded.findings.filter(({ severity }) => severity === 'error' || severity === 'fatal');
      if (errors.length > 0) throw new ProblemException(finding('CONFIG_REFUSED', { count: String(errors.length) }), { told: errors });
      return { ...reloaded, findings: [...reloaded.findings] };
    },
  );
}
