import { createRequire } from 'node:module';

/** Makes of a schema what writes JSON by it. */
type Compiler = (route: { readonly schema: unknown }) => (data: unknown) => string;

const require = createRequire(import.meta.url);

/**
 * What writes answers, by the schemas of their routes: the framework's own, but made when the first answer of a kind is given. Of some two
 * hundred a gateway needs few soon after its start.
 */
export function serializeLater(): Compiler {
  let framework: Compiler | undefined;
  const compile: Compiler = (route) => {
    // As the framework finds it: it comes with it, and is no package of ours.
    framework ??= (createRequire(require.resolve('fastify'))('@fastify/fast-json-stringify-compiler') as () => (schemas: object) => Compiler)()({});
    return framework(route);
  };
  return (route) => {
    let made: ReturnType<Compiler> | undefined;
    return (data) => (made ??= compile(route))(data);
  };
}
