import { didYouMean } from '../../diagnostics/suggest.ts';
import { isNumber } from './arithmetic.ts';
import { aggregates, functions } from './functions.ts';
import { compileMatcher } from './matcher.ts';
import { keywords, type Token } from './tokens.ts';
import { maxDepth, maxNodes, type Binary, type ExpressionProblem, type Node, type Scope, type Type } from './tree.ts';

const comparisons: ReadonlySet<string> = new Set(['=', '!=', '<', '<=', '>', '>=', 'in']);

/** Only thrown and caught here: the rest of a text that went wrong teaches nothing. */
class SyntaxFault extends Error {}

/** One pass, one token ahead: each method reads one rule of the grammar and types what it read. */
export class Parser {
  readonly #tokens: readonly Token[];
  readonly #scope: Scope | undefined;
  readonly #problems: ExpressionProblem[];
  #at = 0;
  #nodes = 0;
  #depth = 0;
  #group: string | undefined; // over whose instances a total runs, while its inside is read

  constructor(tokens: readonly Token[], scope: Scope | undefined, problems: ExpressionProblem[]) {
    this.#tokens = tokens;
    this.#scope = scope;
    this.#problems = problems;
  }

  whole(): Node | undefined {
    try {
      const node = this.#or();
      if (this.#peek().kind !== 'end') this.#fail(`\`${this.#peek().value}\` is one too many`, this.#peek());
      if (this.#nodes > maxNodes) this.#problem(`the expression has ${this.#nodes} parts, at most ${maxNodes} are allowed`, node);
      return node;
    } catch (error) {
      if (error instanceof SyntaxFault) return undefined;
      throw error;
    }
  }

  #or(): Node {
    let left = this.#and();
    while (this.#word('or')) left = this.#logic('or', left, this.#and());
    return left;
  }

  #and(): Node {
    let left = this.#comparison();
    while (this.#word('and')) left = this.#logic('and', left, this.#comparison());
    return left;
  }

  #comparison(): Node {
    const token = this.#peek();
    if (this.#word('not')) {
      const of = this.#nested(token, () => this.#comparison());
      this.#want(of, 'boolean', '`not`');
      return this.#node({ kind: 'not', of, type: 'boolean', start: token.start, end: of.end });
    }
    const left = this.#sum();
    const operator = this.#peek().value;
    if (this.#peek().kind === 'text' || !comparisons.has(operator)) return left;
    this.#at++;
    const right = this.#sum();
    return this.#compared(operator as Binary, left, right);
  }

  #compared(operator: Binary, left: Node, right: Node): Node {
    const sides = [left, right];
    for (const side of sides)
      if (side.type === 'boolean') this.#problem(`\`${operator}\` compares texts and numbers; what is true or false stands alone or under \`not\``, side);
    const number = sides.find((side) => side.type === 'number');
    const text = sides.find((side) => side.type === 'text');
    if (operator === 'in') {
      if (right.type === 'number') this.#problem("`in` looks into a text of words, as in `mode in '1 3 4'`", right);
    } else if (number && text)
      this.#problem(`a number is compared with the text ${text.kind === 'literal' ? `'${String(text.value)}'` : 'beside it'}; quote both or none`, text);
    // Between two references, order is that of numbers, equality that of characters.
    const ordered = operator !== '=' && operator !== '!=' && operator !== 'in';
    const numeric = operator !== 'in' && (number !== undefined || (ordered && text === undefined));
    return this.#node({ kind: 'binary', operator, numeric, left, right, type: 'boolean', start: left.start, end: right.end });
  }

  #sum(): Node {
    let left = this.#term();
    for (let sign = this.#sign('+', '-', '&'); sign !== undefined; sign = this.#sign('+', '-', '&')) left = this.#arithmetic(sign, left, this.#term());
    return left;
  }

  #term(): Node {
    let left = this.#atom();
    for (let sign = this.#sign('*', '/'); sign !== undefined; sign = this.#sign('*', '/')) left = this.#arithmetic(sign, left, this.#atom());
    return left;
  }

  #atom(): Node {
    const token = this.#next();
    if (token.kind === 'text') return this.#node({ kind: 'literal', value: token.value, type: 'text', start: token.start, end: token.end });
    if (token.kind === 'number') return this.#number(token, token.value);
    if (token.kind === 'sign' && token.value === '-' && this.#peek().kind === 'number') return this.#number(token, `-${this.#next().value}`);
    if (token.kind === 'sign' && token.value === '(') {
      const inside = this.#nested(token, () => this.#or());
      this.#expect(')');
      return inside;
    }
    if (token.kind !== 'name')
      return this.#fail(token.kind === 'end' ? 'the expression ends where a value should stand' : `\`${token.value}\` stands where a value should`, token);
    if (token.value === 'true' || token.value === 'false')
      return this.#node({ kind: 'literal', value: token.value === 'true', type: 'boolean', start: token.start, end: token.end });
    if (token.value === 'if') return this.#nested(token, () => this.#choice(token));
    if (this.#peek().value === '(' && this.#peek().kind === 'sign') return this.#nested(token, () => this.#call(token));
    if (keywords.has(token.value)) return this.#fail(`\`${token.value}\` stands where a value should`, token);
    return this.#ref(token);
  }

  #number(from: Token, value: string): Node {
    const end = this.#tokens[this.#at - 1]!.end;
    if (!isNumber(value)) this.#problems.push({ message: 'a number has at most 34 digits', start: from.start, end });
    return this.#node({ kind: 'literal', value, type: 'number', start: from.start, end });
  }

  #ref(token: Token): Node {
    return this.#node({ kind: 'ref', name: token.value, type: this.#known(token), start: token.start, end: token.end });
  }

  /** What a name is; one that is not known is told, and taken for anything. */
  #known(token: Token): Type {
    const known = this.#scope?.name(token.value, this.#group) ?? 'open';
    if (typeof known === 'string') return known;
    this.#problems.push({ ...known, start: token.start, end: token.end });
    return 'open';
  }

  #choice(from: Token): Node {
    const condition = this.#or();
    this.#want(condition, 'boolean', '`if`');
    this.#expectWord('then');
    const then = this.#or();
    this.#expectWord('else');
    const otherwise = this.#or();
    const type = this.#joined([then, otherwise], 'the two sides of an `if`');
    return this.#node({ kind: 'if', condition, then, otherwise, type, start: from.start, end: otherwise.end });
  }

  #call(name: Token): Node {
    this.#expect('(');
    if (name.value === 'present') {
      const ref = this.#next();
      if (ref.kind !== 'name' || keywords.has(ref.value)) this.#fail('`present` asks for a name, as in `present(seal)`', ref);
      this.#known(ref);
      this.#expect(')');
      return this.#node({ kind: 'present', name: ref.value, type: 'boolean', start: name.start, end: this.#last().end });
    }
    if (Object.hasOwn(aggregates, name.value)) return this.#aggregate(name);
    const args: Node[] = [];
    if (!(this.#peek().kind === 'sign' && this.#peek().value === ')')) {
      do args.push(this.#or());
      while (this.#sign(',') !== undefined);
    }
    this.#expect(')');
    const span = { start: name.start, end: this.#last().end };
    if (name.value === 'coalesce') {
      if (args.length < 2) this.#problems.push({ message: '`coalesce` takes two values or more: the first that is not missing', ...span });
      return this.#node({ kind: 'call', name: name.value, args, type: this.#joined(args, 'the values of `coalesce`'), ...span });
    }
    const known = Object.hasOwn(functions, name.value) ? functions[name.value]! : undefined;
    if (!known) {
      const names = [...Object.keys(functions), ...Object.keys(aggregates), 'coalesce', 'present'];
      return this.#fail(`there is no function \`${name.value}\`${didYouMean(name.value, names)}`, name);
    }
    const least = known.takes.filter((each) => !each.endsWith('?')).length;
    if (args.length < least || args.length > known.takes.length) {
      this.#problems.push({
        message: `\`${name.value}\` takes ${least === known.takes.length ? least : `${least} to ${known.takes.length}`} values, not ${args.length}`,
        ...span,
      });
    }
    args.forEach((each, i) => {
      const wanted = known.takes[i]?.replace('?', '');
      if (wanted === 'text' || wanted === 'number') this.#want(each, wanted, `\`${name.value}\``);
    });
    const pattern = args[known.takes.indexOf('pattern')];
    if (!pattern) return this.#node({ kind: 'call', name: name.value, args, type: known.gives, ...span });
    const made =
      pattern.kind === 'literal' && pattern.type === 'text' ? compileMatcher(String(pattern.value)) : `the pattern of \`${name.value}\` is a text in quotes`;
    if (typeof made === 'string') this.#problem(made, pattern);
    return this.#node({ kind: 'call', name: name.value, args, ...(typeof made === 'string' ? {} : { matcher: made }), type: known.gives, ...span });
  }

  #aggregate(name: Token): Node {
    const { each: wanted, gives } = aggregates[name.value]!;
    if (this.#group !== undefined) this.#fail(`\`${name.value}\` stands inside another total; totals do not nest`, name);
    const group = this.#next();
    if (group.kind !== 'name' || keywords.has(group.value))
      this.#fail(`\`${name.value}\` asks for a group first, as in \`${name.value}(item${wanted ? ', …' : ''})\``, group);
    const problem = this.#scope?.group?.(group.value);
    if (problem !== undefined) this.#problem(problem, group);
    let each: Node | undefined;
    if (wanted !== undefined) {
      this.#expect(',');
      this.#group = group.value;
      each = this.#or();
      this.#group = undefined;
      this.#want(each, wanted, `\`${name.value}\``);
    }
    this.#expect(')');
    return this.#node({ kind: 'aggregate', name: name.value, group: group.value, each, type: gives, start: name.start, end: this.#last().end });
  }

  #logic(operator: 'and' | 'or', left: Node, right: Node): Node {
    for (const side of [left, right]) this.#want(side, 'boolean', `\`${operator}\``);
    return this.#node({ kind: 'binary', operator, numeric: false, left, right, type: 'boolean', start: left.start, end: right.end });
  }

  #arithmetic(sign: string, left: Node, right: Node): Node {
    const text = sign === '&';
    for (const side of [left, right]) if (!text || side.type === 'boolean') this.#want(side, text ? 'text' : 'number', `\`${sign}\``);
    return this.#node({
      kind: 'binary',
      operator: sign as Binary,
      numeric: !text,
      left,
      right,
      type: text ? 'text' : 'number',
      start: left.start,
      end: right.end,
    });
  }

  #want(node: Node, wanted: Type, by: string): void {
    const fits = node.type === wanted || (node.type === 'open' && wanted !== 'boolean') || (node.type === 'number' && wanted === 'text');
    const names: Readonly<Record<Type, string>> = { text: 'a text', number: 'a number', boolean: 'true or false', open: 'a text or a number' };
    if (!fits) this.#problem(`${by} needs ${names[wanted]}, this is ${names[node.type]}`, node);
  }

  /** The common type of values of which one is taken. */
  #joined(nodes: readonly Node[], what: string): Type {
    const types = new Set(nodes.map((node) => node.type).filter((type) => type !== 'open'));
    if (types.size > 1 || (types.has('boolean') && nodes.some((node) => node.type === 'open')))
      this.#problem(`${what} are of one kind, not ${[...types].join(' and ')}`, nodes.at(-1)!);
    const [type] = types;
    return type ?? 'open';
  }

  #nested<T>(token: Token, read: () => T): T {
    if (++this.#depth > maxDepth) this.#fail(`the expression nests deeper than ${maxDepth}`, token);
    const made = read();
    this.#depth--;
    return made;
  }

  #node(node: Node): Node {
    this.#nodes++;
    return node;
  }

  #peek(): Token {
    return this.#tokens[this.#at]!;
  }

  #last(): Token {
    return this.#tokens[this.#at - 1]!;
  }

  #next(): Token {
    const token = this.#tokens[this.#at]!;
    if (token.kind !== 'end') this.#at++;
    return token;
  }

  #sign(...signs: readonly string[]): string | undefined {
    const token = this.#peek();
    if (token.kind !== 'sign' || !signs.includes(token.value)) return undefined;
    this.#at++;
    return token.value;
  }

  #word(word: string): boolean {
    if (this.#peek().kind !== 'name' || this.#peek().value !== word) return false;
    this.#at++;
    return true;
  }

  #expect(sign: string): void {
    if (this.#sign(sign) === undefined) this.#fail(`expected \`${sign}\``, this.#peek());
  }

  #expectWord(word: string): void {
    if (!this.#word(word)) this.#fail(`expected \`${word}\``, this.#peek());
  }

  #problem(message: string, { start, end }: { readonly start: number; readonly end: number }): void {
    this.#problems.push({ message, start, end });
  }

  #fail(message: string, at: { readonly start: number; readonly end: number }): never {
    this.#problem(message, at);
    throw new SyntaxFault(message);
  }
}
