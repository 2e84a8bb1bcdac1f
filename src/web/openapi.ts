import Fastify, { type RouteOptions } from 'fastify';

/** A call, as OpenAPI tells it. */
export interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly security?: readonly unknown[];
}

/** What is looked at here of an OpenAPI document. */
export interface OpenApi {
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** What is told of a route. */
export type Described = Pick<RouteOptions, 'method' | 'url' | 'schema'>;

/**
 * The OpenAPI document of routes, made from their schemas. They are told to a server of their own, which nobody can reach: what makes the document
 * is as long to load as all our routes, and few gateways are ever asked.
 */
export async function openApiOf(routes: readonly Described[]): Promise<OpenApi> {
  const { default: fastifySwagger } = await import('@fastify/swagger');
  const app = Fastify({ exposeHeadRoutes: false });
  app.setValidatorCompiler(() => () => true);
  app.setSerializerCompiler(() => String);
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Portolan',
        version: '0.1.0',
        description: 'The gateway that lets every party in a trade lane keep its own message format.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
      security: [{ key: [] }],
    },
  });
  await app.register(async (scope) => {
    for (const { method, url, schema } of routes) scope.route({ method, url, ...(schema && { schema: withBody(schema) }), handler: () => undefined });
  });
  await app.ready();
  const document = app.swagger() as OpenApi;
  await app.close();
  return document;
}

/** Bytes that a call reads itself have no schema by which they are checked, and a place in the document all the same. */
const withBody = <T extends NonNullable<Described['schema']>>(schema: T): T => (schema.consumes && !schema.body ? { ...schema, body: {} } : schema);
