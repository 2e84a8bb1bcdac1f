import { didYouMean } from '../diagnostics/suggest.ts';
import { calculate, compareNumbers, isNumber } from './expression/arithmetic.ts';
import { functions, maxText } from './expression/functions.ts';
import { Parser } from './expression/parser.ts';
import { tokenize } from './expression/tokens.ts';
import { walk, type Binary, type ExpressionProblem, type Node, type Scope, type Type } from './expression/tree.ts';

/**
 * The small expression language of maps and rules: total, typed, without loops, functions of one's own, clock, random or I/O.
 *
 *     expr  := or                     or := and ("or" and)*           and := cmp ("and" cmp)*
 *     cmp   := sum (("=" | "!=" | "<" | "<=" | ">" | ">=" | "in") sum)?  |  "not" cmp
 *     sum   := term (("+" | "-" | "&") term)*                         term := atom (("*" | "/") atom)*
 *     atom  := 'text' | number | true | false | name | "(" expr ")" | fn "(" args ")" | "present" "(" name ")"
 *            | "if" expr "then" expr "else" expr
 *
 * A name that has no text is *missing*, and so is whatever is made of it, unless `present`, `coalesce` or `if` deal with it;
 * `and` and `or` answer where one side decides alone. Dividing by zero, a text that is no number, more than 34 digits: missing too.
 */
export interface Expression {
  readonly text: string;
  readonly type: Type;
  readonly tree: Node;
}

/** The text of a name, or undefined where it is missing. */
export type Lookup = (name: string) => string | undefined;

/** The instances of a group, each as its own lookup; undefined where the group is not within reach. */
export type Instances = (group: string) => Iterable<Lookup> | undefined;

/** Reads an expression. With `refs`, a name that is not among them is a problem, with a `scope` one that it does not know; offsets are into `text`. */
export function parseExpression(
  text: string,
  { refs, scope }: { readonly refs?: ReadonlySet<string>; readonly scope?: Scope } = {},
): { readonly expression?: Expression; readonly problems: readonly ExpressionProblem[] } {
  const problems: ExpressionProblem[] = [];
  const tokens = tokenize(text, problems);
  if (problems.length > 0) return { problems };
  const tree = new Parser(tokens, scope ?? (refs && amongst(refs)), problems).whole();
  return tree && problems.length === 0 ? { expression: { text, type: tree.type, tree }, problems } : { problems };
}

const amongst = (refs: ReadonlySet<string>): Scope => ({
  name: (name) => (refs.has(name) ? 'open' : { message: `there is no \`${name}\` here${didYouMean(name, refs)}` }),
});

/** The names an expression looks up, in the order of first use; those inside a total belong to its group. */
export function refsOf(expression: Expression): readonly string[] {
  const names = new Set<string>();
  walk(expression.tree, (node) => {
    if (node.kind === 'ref' || node.kind === 'present') names.add(node.name);
  });
  return [...names];
}

/** The groups over which an expression totals. */
export function groupsOf(expression: Expression): readonly string[] {
  const names = new Set<string>();
  walk(expression.tree, (node) => {
    if (node.kind === 'aggregate') names.add(node.group);
  });
  return [...names];
}

/** The value of an expression: text or number as a string, true or false, or undefined where it is missing. Never throws. */
export function evaluate(expression: Expression, lookup: Lookup, instances?: Instances): string | boolean | undefined {
  return valueOf(expression.tree, lookup, instances);
}

type Result = string | boolean | undefined;

function valueOf(node: Node, lookup: Lookup, instances: Instances | undefined): Result {
  switch (node.kind) {
    case 'literal':
      return node.value;
    case 'ref':
      return present(lookup(node.name));
    case 'present':
      return present(lookup(node.name)) !== undefined;
    case 'not': {
      const of = valueOf(node.of, lookup, instances);
      return of === undefined ? undefined : of === false;
    }
    case 'if': {
      const condition = valueOf(node.condition, lookup, instances);
      return condition === undefined ? undefined : valueOf(condition === true ? node.then : node.otherwise, lookup, instances);
    }
    case 'binary':
      return node.operator === 'and' || node.operator === 'or'
        ? logic(node.operator === 'or', node.left, node.right, lookup, instances)
        : binary(node.operator, node.numeric, valueOf(node.left, lookup, instances), valueOf(node.right, lookup, instances));
    case 'call':
      return node.name === 'coalesce' ? firstOf(node.args, lookup, instances) : called(node, lookup, instances);
    case 'aggregate':
      return total(node.name, node.each, instances?.(node.group));
  }
}

/** An empty text is no text: neither wire nor dictionary knows it. */
const present = (text: string | undefined): string | undefined => (text === '' ? undefined : text);

function firstOf(args: readonly Node[], lookup: Lookup, instances: Instances | undefined): Result {
  for (const each of args) {
    const value = valueOf(each, lookup, instances);
    if (value !== undefined) return value;
  }
  return undefined;
}

function called(node: Node & { readonly kind: 'call' }, lookup: Lookup, instances: Instances | undefined): Result {
  const values: string[] = [];
  for (const each of node.args) {
    const value = valueOf(each, lookup, instances);
    if (value === undefined) return undefined;
    values.push(String(value));
  }
  const result = functions[node.name]!.apply(values, node.matcher);
  return typeof result === 'string' && result.length > maxText ? undefined : result;
}

/** The side that decides alone decides, even beside a missing one: false in an `and`, true in an `or`. */
function logic(deciding: boolean, left: Node, right: Node, lookup: Lookup, instances: Instances | undefined): Result {
  const a = valueOf(left, lookup, instances);
  if (a === deciding) return deciding;
  const b = valueOf(right, lookup, instances);
  if (b === deciding) return deciding;
  return a === undefined || b === undefined ? undefined : !deciding;
}

function binary(operator: Exclude<Binary, 'and' | 'or'>, numeric: boolean, a: Result, b: Result): Result {
  if (typeof a !== 'string' || typeof b !== 'string') return undefined;
  switch (operator) {
    case '&':
      return a.length + b.length > maxText ? undefined : a + b;
    case '+':
    case '-':
    case '*':
    case '/':
      return calculate(operator, a, b);
    case 'in':
      return b.split(' ').includes(a);
    default: {
      const order = numeric ? compareNumbers(a, b) : a < b ? -1 : a > b ? 1 : 0;
      return order === undefined ? undefined : compared(operator, order);
    }
  }
}

function compared(operator: '=' | '!=' | '<' | '<=' | '>' | '>=', order: number): boolean {
  switch (operator) {
    case '=':
      return order === 0;
    case '!=':
      return order !== 0;
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
  }
}

/** One pass over the instances with one accumulator. A missing instance makes a total missing, not smaller. */
function total(name: string, each: Node | undefined, group: Iterable<Lookup> | undefined): Result {
  if (!group) return undefined;
  let count = 0;
  let result: Result = name === 'sum' ? '0' : name === 'all' ? true : name === 'any' ? false : undefined;
  for (const lookup of group) {
    count++;
    if (!each) continue;
    const value = valueOf(each, lookup, undefined);
    if (name === 'any' || name === 'all') {
      const deciding = name === 'any';
      if (value === deciding) return deciding;
      if (value === undefined) result = undefined;
      continue;
    }
    if (typeof value !== 'string' || !isNumber(value)) return undefined;
    if (name === 'sum') result = calculate('+', result as string, value);
    else if (result === undefined || compareNumbers(value, result as string)! < 0 === (name === 'min')) result = value;
    if (result === undefined) return undefined;
  }
  return name === 'count' ? String(count) : result;
}
