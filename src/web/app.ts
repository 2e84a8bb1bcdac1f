import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, type FastifyReply, type FastifyRequest, type RawServerDefault } from 'fastify';
import { STATUS_CODES, type IncomingMessage, type ServerResponse } from 'node:http';
import { finding, type Diagnostic } from '../diagnostics/diagnostic.ts';
import { spoken } from '../diagnostics/json.ts';
import type { Language } from '../diagnostics/language.ts';
import { diskReason } from '../gateway/intake/disk.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { StoreError } from '../store/fault.ts';
import { Doorkeeper, isOpen, type Caller } from './auth.ts';
import { smallBody } from './bodies.ts';
import { Metrics } from './metrics.ts';
import { openApiOf, type Described } from './openapi.ts';
import { findingOfFramework, languageFor, problemOf, ProblemException, type Problem, type ProblemContext } from './problem.ts';
import { channels } from './routes/channels.ts';
import { configuration } from './routes/configuration.ts';
import { as2 } from './routes/as2.ts';
import { content } from './routes/content.ts';
import { docs } from './routes/docs.ts';
import { health } from './routes/health.ts';
import { inbox } from './routes/inbox.ts';
import { interchanges } from './routes/interchanges.ts';
import { log } from './routes/log.ts';
import { maps } from './routes/maps.ts';
import { messages } from './routes/messages.ts';
import { onboarding } from './routes/onboarding.ts';
import { partnerChanges } from './routes/partner-changes.ts';
import { partners } from './routes/partners.ts';
import { invoices } from './routes/invoices.ts';
import { repairs } from './routes/repairs.ts';
import { retention } from './routes/retention.ts';
import { overdues } from './routes/overdue.ts';
import { replays } from './routes/replays.ts';
import { volumes } from './routes/volumes.ts';
import { compileLater, noParameters } from './schemas.ts';
import { serializeLater } from './serializers.ts';
import { Underway } from './underway.ts';
import { boundedServer } from './server.ts';

export type App = FastifyInstance<RawServerDefault, IncomingMessage, ServerResponse, FastifyBaseLogger, TypeBoxTypeProvider>;

declare module 'fastify' {
  interface FastifyInstance {
    underway: Underway;
  }
  interface FastifyRequest {
    caller: Caller | undefined; // of a request to a closed path: known before anything else runs
  }
}

/** What every route is handed. */
export interface WebContext {
  readonly gateway: Gateway;
  readonly metrics: Metrics;
  /** The caller of a request to a closed path: known before the handler runs. */
  caller(request: { readonly caller: Caller | undefined }): Caller;
  /** Charges the rate of who calls without a key. */
  admit(who: { readonly role: string; readonly id: string }): void;
}

/** The HTTP face of a gateway. It does not listen yet: tests `inject`, `serve` listens. */
export async function buildApp(gateway: Gateway): Promise<App> {
  const { limits } = gateway.configuration.gateway;
  const problemFor = (error: Error, url: string, language: Language = 'en', limit = limits.body): Told => {
    const { main, context, retryAfter } = explain(error, limit, gateway);
    const problem = problemOf(main, { ...context, language });
    const headers: Record<string, string> = { 'content-type': 'application/problem+json', 'content-language': language };
    const again = retryAfter ?? (problem.retry === 'backoff' ? 5 : undefined);
    if (again !== undefined) headers['retry-after'] = String(again);
    if (problem.status === 401) headers['www-authenticate'] = 'Bearer';
    return { headers, problem: { ...problem, instance: problem.instance ?? url } };
  };
  const app: App = Fastify({
    logger: false, // events are told by the gateway's own log, one line each
    bodyLimit: smallBody, // what may be larger says so
    serverFactory: (listener) => boundedServer(listener, limits, () => rawAnswer(problemFor(noRoom(limits.connections), ''))),
    forceCloseConnections: true,
    return503OnClosing: false, // said by a hook, in the one shape
    ajv: { customOptions: { coerceTypes: 'array', removeAdditional: false, allErrors: true, validateSchema: false, meta: false }, onCreate: compileLater },
    routerOptions: { maxParamLength: 200 },
    frameworkErrors(error, request, reply) {
      const { problem, headers } = problemFor(error, request.url, languageFor(request));
      void (reply as FastifyReply).code(problem.status).headers(headers).send(problem);
    },
    clientErrorHandler(error, socket) {
      if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
      const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : 400;
      socket.end(rawAnswer(problemFor(Object.assign(error, { statusCode: status }), '')));
    },
  }).withTypeProvider<TypeBoxTypeProvider>();
  const doorkeeper = new Doorkeeper(() => gateway.configuration);
  const metrics = new Metrics(gateway);
  const context: WebContext = { gateway, metrics, caller: (request) => request.caller!, admit: (who) => doorkeeper.admit(who, gateway.now()) };

  app.decorateRequest('caller', undefined);
  app.setSerializerCompiler(serializeLater());
  const routes: { readonly method: string; readonly path: RegExp }[] = [];
  const described: Described[] = [];
  app.addHook('onRoute', ({ method, url, schema }) => {
    if (schema && url.startsWith('/v1/')) schema.querystring ??= noParameters;
    if (schema && method !== 'HEAD') described.push({ method, url, schema });
    const path = new RegExp(`^${url.replace(/:[^/]+/g, '[^/]+').replace('*', '.*')}$`);
    for (const each of [method].flat()) routes.push({ method: each, path });
  });
  const underway = new Underway();
  app.decorate('underway', underway);
  let isClosing = false;
  app.addHook('preClose', (done) => {
    isClosing = true;
    done();
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (String(reply.getHeader('content-type')).startsWith('text/event-stream')) underway.end(reply.raw);
    if (gateway.draining) void reply.header('connection', 'close');
    done(null, payload);
  });
  app.addHook('onRequest', (request, reply, done) => {
    const path = request.url.replace(/[?#].*$/, '');
    if (isClosing || (gateway.draining && !path.startsWith('/health')))
      return done(new ProblemException(finding('GATEWAY_BUSY', { reason: 'the gateway is being stopped' }), {}, 10));
    underway.begin(reply.raw);
    const unmet = unmetBy(request.raw);
    if (unmet) return done(unmet);
    if (isOpen(path)) return request.is404 ? done(absent(request, reply)) : done();
    const caller = doorkeeper.identify(request.headers.authorization);
    doorkeeper.admit(caller, gateway.now());
    request.caller = caller;
    if (request.is404) return done(absent(request, reply)); // before a body is looked at
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    metrics.answered(request.method, request.routeOptions.url ?? 'unknown', reply.statusCode, reply.elapsedTime);
    done();
  });

  // What was found and kept is told in the language of who asks.
  app.addHook('preSerialization', async (request, _reply, payload) => spoken(payload, languageFor(request)));
  app.setErrorHandler(async (error: Error, request, reply) => {
    const { problem, headers } = problemFor(error, request.url, languageFor(request), request.routeOptions.bodyLimit);
    return reply.code(problem.status).headers(headers).send(problem);
  });
  /** What is said of an address that has no route, or none for this method. */
  const absent = (request: FastifyRequest, reply: FastifyReply): ProblemException => {
    const path = request.url.replace(/[?#].*$/, '');
    const allowed = routes.filter((route) => route.path.test(path)).map(({ method }) => method);
    if (allowed.length === 0) return new ProblemException(finding('WEB_NOT_FOUND', { path: request.url }));
    void reply.header('allow', allowed.join(', '));
    return new ProblemException(finding('WEB_METHOD', { method: request.method, path, allowed: allowed.join(', ') }));
  };
  app.setNotFoundHandler(async (request, reply) => {
    throw absent(request, reply);
  });

  await app.register(async (scope) => {
    const routed = scope as App;
    interchanges(routed, context);
    as2(routed, context);
    messages(routed, context);
    replays(routed, context);
    retention(routed, context);
    overdues(routed, context);
    content(routed, context);
    repairs(routed, context);
    invoices(routed, context);
    volumes(routed, context);
    inbox(routed, context);
    channels(routed, context);
    log(routed, context);
    maps(routed, context);
    partners(routed, context);
    partnerChanges(routed, context);
    onboarding(routed, context);
    health(routed, context);
    configuration(routed, context);
    docs(routed, () => openApiOf(described));
  });
  return app;
}

/** What HTTP asks of every request, and this one does not do (RFC 9112, 3.2), or asks and we do not do (RFC 9110, 10.1.1). */
function unmetBy({ headers: { host, expect }, rawHeaders, httpVersion }: IncomingMessage): ProblemException | undefined {
  let hosts = 0;
  let keys = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (/^host$/i.test(rawHeaders[i]!)) hosts++;
    else if (/^authorization$/i.test(rawHeaders[i]!)) keys++;
  }
  if (hosts > 1 || (host === undefined && httpVersion === '1.1')) return new ProblemException(finding('WEB_HOST', { hosts: String(hosts) }));
  // One before us may have gone by the other.
  if (keys > 1) return new ProblemException(finding('WEB_REQUEST', { message: 'the header `Authorization` stands in it twice' }));
  if (expect === undefined || httpVersion !== '1.1' || /^100-continue$/i.test(expect)) return undefined;
  return new ProblemException(finding('WEB_EXPECT', { expect }));
}

const noRoom = (connections: number): ProblemException =>
  new ProblemException(finding('GATEWAY_BUSY', { reason: `${connections} connections have a request under way` }), {}, 1);

/** An answer to a connection on which there is no request that could be replied to. */
function rawAnswer({ problem, headers }: Told): string {
  const body = JSON.stringify({ ...problem, instance: undefined });
  const head = Object.entries({ ...headers, 'content-length': Buffer.byteLength(body), connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\n${head.join('')}\r\n${body}`;
}

/** A problem, as it is answered. */
interface Told {
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;
}

/** What a request ended with. */
interface Ending {
  readonly main: Diagnostic;
  readonly context?: ProblemContext;
  readonly retryAfter?: number | undefined; // seconds
}

/** Why the store did not answer, and when it may: that one request found it at fault does not mean that all has stopped. */
function unanswered(error: StoreError, { halted, unwritable }: Gateway): { readonly reason: string; readonly retryAfter: number } {
  if (error.retry !== 'halt' || (unwritable && !halted)) return { reason: diskReason(error), retryAfter: 10 };
  if (halted) return { reason: 'nothing is accepted until an operator has looked at the store', retryAfter: 300 };
  const isPassing = error.code === 'STORE_FAULT' || error.code === 'STORE_HALTED';
  if (isPassing) return { reason: 'the store does not answer at present', retryAfter: 10 };
  return { reason: 'this cannot be read until an operator has looked at the store', retryAfter: 300 };
}

function explain(error: Error, limit: number, gateway: Gateway): Ending {
  if (error instanceof ProblemException) return error;
  if (error instanceof StoreError && error.retry !== 'never') {
    gateway.report({ event: 'request failed', code: error.code, retry: error.retry, err: error.message });
    const { reason, retryAfter } = unanswered(error, gateway);
    return { main: finding('GATEWAY_BUSY', { reason }), retryAfter };
  }
  const told = findingOfFramework(error, limit);
  if (told) {
    const status = (error as { statusCode?: number }).statusCode;
    return { main: told, ...(told.code === 'WEB_REQUEST' && (status === 404 || status === 414 || status === 431) ? { context: { status } } : {}) };
  }
  const id = gateway.newId();
  gateway.report({ event: 'defect', code: 'BUG', id, err: error.stack ?? error.message });
  return { main: finding('BUG', { id }) };
}
