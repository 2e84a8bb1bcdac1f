import { Type } from '../shape.ts';
import type { App, WebContext } from '../app.ts';
import { problems } from '../schemas.ts';

const Entry = Type.Object({
  name: Type.String(),
  version: Type.String(),
  kind: Type.String(),
  family: Type.String(),
  title: Type.String(),
  plan: Type.String(),
});

/** The catalogue: what can be read and written. */
export function maps(app: App, { gateway }: WebContext): void {
  app.get(
    '/v1/maps',
    { schema: { summary: 'The catalogue of maps', tags: ['maps'], response: { 200: Type.Object({ items: Type.Array(Entry) }), ...problems } } },
    async () => ({
      items: gateway.library.catalog.maps.map(({ name, version, kind, family, title, planHash }) => ({ name, version, kind, family, title, plan: planHash })),
    }),
  );
}
