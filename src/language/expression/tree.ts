import type { Matcher } from './matcher.ts';

/** Static limits: they bound the cost of an expression before it runs. */
export const maxNodes = 40;
export const maxDepth = 8;

/** What an expression can be. A reference is `open`: text or number, as its use asks. */
export type Type = 'text' | 'number' | 'boolean' | 'open';

export type Binary = 'or' | 'and' | '=' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | '+' | '-' | '&' | '*' | '/';

interface Spanned {
  readonly type: Type;
  readonly start: number; // offset in the expression's text
  readonly end: number;
}

export type Node = Spanned &
  (
    | { readonly kind: 'literal'; readonly value: string | boolean }
    | { readonly kind: 'ref'; readonly name: string }
    | { readonly kind: 'present'; readonly name: string }
    | { readonly kind: 'not'; readonly of: Node }
    | { readonly kind: 'binary'; readonly operator: Binary; readonly numeric: boolean; readonly left: Node; readonly right: Node }
    | { readonly kind: 'if'; readonly condition: Node; readonly then: Node; readonly otherwise: Node }
    | { readonly kind: 'call'; readonly name: string; readonly args: readonly Node[]; readonly matcher?: Matcher }
    | { readonly kind: 'aggregate'; readonly name: string; readonly group: string; readonly each: Node | undefined }
  );

export interface ExpressionProblem {
  readonly message: string;
  readonly start: number;
  readonly end: number;
}

/** What names mean where an expression stands: asked while it is read, so that a name or a type that cannot be is known before it runs. */
export interface Scope {
  /** The type of a name, inside a total of its group; or why there is none. */
  name(name: string, group: string | undefined): Type | { readonly message: string };
  /** Why there is no such group. */
  group?(group: string): string | undefined;
}

/** Calls `visit` for a node and all below it. */
export function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  if (node.kind === 'not') walk(node.of, visit);
  else if (node.kind === 'binary') [node.left, node.right].forEach((each) => walk(each, visit));
  else if (node.kind === 'if') [node.condition, node.then, node.otherwise].forEach((each) => walk(each, visit));
  else if (node.kind === 'call') node.args.forEach((each) => walk(each, visit));
  else if (node.kind === 'aggregate' && node.each) walk(node.each, visit);
}
