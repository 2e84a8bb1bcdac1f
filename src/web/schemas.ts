import { Type } from './shape.ts';

/** The shapes of the HTTP surface, from which OpenAPI and the checks of requests are made. */
export const Id = Type.String({ pattern: '^[0-9A-HJKMNP-TV-Z]{26}(-\\d{1,7})?$', description: 'ULID of an interchange, or ULID-n of its n-th message' });

export const ProblemSchema = Type.Object(
  {
    type: Type.String(),
    code: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    instance: Type.Optional(Type.String()),
    retry: Type.String({ description: 'never · after-fix · backoff · halt' }),
    evidence: Type.Optional(Type.Object({ index: Type.Integer() })),
    total: Type.Optional(Type.Integer({ description: 'of the errors, where they are folded by cause or not all are listed' })),
    errors: Type.Array(Type.Unknown()),
  },
  { description: 'RFC 9457' },
);

/** Of a call that has none: one that is not known is refused, so that no wish is passed over in silence. */
export const noParameters = Type.Object({}, { additionalProperties: false });

/** Every call may end so. */
export const problems = {
  '4xx': { description: 'A problem', content: { 'application/problem+json': { schema: ProblemSchema } } },
  '5xx': { description: 'A problem', content: { 'application/problem+json': { schema: ProblemSchema } } },
};

/** An answer of bytes, of this media type or range. */
export const bytesOf = (media: string) => ({ 200: { description: 'The bytes', content: { [media]: { schema: Type.Any() } } }, ...problems });

export const Receipt = Type.Object(
  {
    v: Type.Literal(1),
    index: Type.Integer(),
    record: Type.String(),
    salt: Type.String(),
    entry: Type.String(),
    proof: Type.Array(Type.String()),
    checkpoint: Type.String(),
    key: Type.String(),
  },
  { description: 'Record, salt, entry, inclusion proof and signed checkpoint: verifiable offline' },
);

export const Announced = Type.Object({
  id: Type.String(),
  type: Type.String(),
  reference: Type.Union([Type.String(), Type.Null()]),
  map: Type.Union([Type.String(), Type.Null()]),
});

export const Accepted = Type.Object(
  {
    id: Type.String(),
    receivedAt: Type.String(),
    receipt: Receipt,
    messages: Type.Union([Type.Array(Announced), Type.Null()], { description: 'null above 8 MB until the interchange was read' }),
    duplicate: Type.Optional(Type.Literal(true, { description: 'the same bytes were received before: this is the first receipt' })),
    outcome: Type.Optional(Type.Unknown({ description: 'with `Prefer: wait`: what GET /v1/interchanges/{id} says now' })),
  },
  { description: 'Bytes and evidence are durable' },
);

/** Larger answers whose members the views decide. */
export const Open = Type.Unknown();

/** What compiles schemas: told by its shape, as the package comes with the framework. */
interface Compiler {
  compile(schema: object | boolean): Check;
}
interface Check {
  (data: unknown): unknown;
  errors?: unknown;
}

/** Of some hundred schemas a gateway needs few soon after its start: each is compiled when the first request to its route comes. */
export function compileLater(compiler: Compiler): void {
  const compile = compiler.compile.bind(compiler);
  compiler.compile = (schema) => {
    let made: Check | undefined;
    const check: Check = (data) => {
      made ??= compile(schema);
      const isValid = made(data);
      check.errors = made.errors;
      return isValid;
    };
    return check;
  };
}
