import { evaluate, parseExpression, refsOf, type Expression } from '../../language/expression.ts';
import { readOptions, text, type Options } from './arguments.ts';
import type { Codec } from './codec.ts';

/** A value made by an expression. */
export const exprCodec: Codec = {
  name: 'expr',
  doc:
    'A value made by an expression. `parse` makes it from slots; `build` makes the text of the own slot from `value` (of a measure: `value` and `value.unit`). ' +
    'The one codec whose inverse is the claim of its author; the law suite tests the claim. Either side may be left out: then the element is one-way.',
  examples: [
    { args: '{ parse: upper(own), build: value }', wire: ['mt'], value: 'MT', prints: ['MT'] },
    { args: "{ parse: \"if own = 'Y' then 'true' else 'false'\", build: \"if value = 'true' then 'Y' else 'N'\" }", wire: ['Y'], value: 'true' },
    { args: '{ parse: "a & \'/\' & b" }', wire: ['X', 'Y'], value: 'X/Y' },
  ],
  compile(args, context) {
    const options = readOptions(args, 'expr', '', ['parse', 'build']);
    const bound = context.slots.has(context.slot);
    const parse = expression(options, 'parse', context.slots);
    const build = expression(options, 'build', new Set([...context.slots, 'value', 'value.unit']));
    if (!options.values['parse'] && !options.values['build'] && options.problems.length === 0) options.problems.push('`expr` needs `parse`, `build` or both');
    if (options.values['build'] !== undefined && !bound)
      options.problems.push(`\`build\` makes the text of \`${context.slot}\`, which no node of the syntax binds`);
    if (options.problems.length > 0) return { problems: options.problems };
    const inside = new Set([...(parse ? refsOf(parse) : []), ...(build ? refsOf(build) : [])].filter((name) => context.slots.has(name)));
    // An element that only reads others is virtual: what it reads comes in the order of its expression.
    const inputs = build || inside.has(context.slot) ? [...new Set([context.slot, ...inside])] : [...inside];
    return {
      inputs,
      ...(parse && build ? {} : { only: parse ? ('parse' as const) : ('build' as const) }),
      parse(wires) {
        if (!parse || wires.every((wire) => wire === undefined || wire === '')) return { ok: true, value: undefined };
        const value = evaluate(parse, (name) => wires[inputs.indexOf(name)]);
        return value === undefined || value === '' ? { ok: false, reason: `\`${parse.text}\` gives nothing here` } : { ok: true, value: String(value) };
      },
      print(value, width, others) {
        if (!build) return { ok: false, reason: 'is read only: the map has no `build` for it' };
        const stated = typeof value === 'string' ? { value, unit: undefined } : value;
        const made = evaluate(build, (name) => (name === 'value' ? stated.value : name === 'value.unit' ? stated.unit : others?.[inputs.indexOf(name)]));
        if (made === undefined || made === '') return { ok: false, reason: `\`${build.text}\` gives nothing for \`${stated.value}\`` };
        const written = String(made);
        if (width !== undefined && written.length > width)
          return { ok: false, reason: `\`${written}\` has ${written.length} characters, at most ${width} can be written` };
        return { ok: true, texts: [written, ...inputs.slice(1).map(() => undefined)] };
      },
      domain: { kind: 'text' },
      lossless: 'lossy',
    };
  },
};

function expression(options: Options, name: string, refs: ReadonlySet<string>): Expression | undefined {
  const source = text(options, name);
  if (source === undefined) return undefined;
  const { expression: made, problems } = parseExpression(source, { refs });
  for (const { message, start } of problems) options.problems.push(`\`${name}\`, character ${start + 1}: ${message}`);
  return made;
}
