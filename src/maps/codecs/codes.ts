import { readOptions, text } from './arguments.ts';
import type { Codec } from './codec.ts';

/** A code of one list on the wire, of another in the dictionary. */
export const codesCodec: Codec = {
  name: 'codes',
  doc:
    'A code that the wire and the dictionary write differently, or a list that narrows what may occur. The table is a `codes` declaration of the map or of a file ' +
    'it loads. A code that is not in the table is refused (`unknown: error`), reported (`report`) or travels beside the row for the same format (`carry`); ' +
    'it is never passed silently.',
  examples: [
    { args: 'airports', wire: ['DFW'], value: 'USDFW' },
    { args: 'airports', wire: ['QDF'], value: 'USDFW', prints: ['DFW'] },
    { args: 'airports', wire: ['QQQ'], refused: 'is not in the code table' },
  ],
  compile(args, context) {
    const options = readOptions(args, 'codes', 'table', ['table']);
    const name = text(options, 'table');
    const table = name === undefined ? undefined : context.table(name);
    if (name === undefined) options.problems.push('`codes` needs the name of a code table');
    else if (!table) options.problems.push(`no code table \`${name}\` is declared or loaded`);
    if (options.problems.length > 0 || !table) return { problems: options.problems };
    const sample = table.pairs.length > 12 ? `${table.pairs.length} codes` : table.pairs.map(([wire]) => wire).join(', ');
    return {
      inputs: table.dated ? [context.slot, '#date'] : undefined,
      ...(table.dated ? {} : { glance: (wire) => table.toCanonical(wire) }),
      parse([wire, on]) {
        if (wire === undefined || wire === '') return { ok: true, value: undefined };
        const value = table.toCanonical(wire, on);
        return value === undefined
          ? { ok: false, reason: `\`${wire}\` is not in the code table ${table.name} (${sample})`, unknown: table.unknown }
          : { ok: true, value };
      },
      print(value, width, others) {
        const code = typeof value === 'string' ? value : `${value.value} ${value.unit}`;
        const wire = typeof value === 'string' ? table.toWire(value, table.dated ? others?.[1] : undefined) : undefined;
        if (wire === undefined) return { ok: false, reason: `\`${code}\` has no code in ${table.name}`, unknown: table.unknown };
        if (width !== undefined && wire.length > width)
          return { ok: false, reason: `\`${wire}\` has ${wire.length} characters, at most ${width} can be written` };
        return { ok: true, texts: [wire] };
      },
      table,
      domain: { kind: 'codes', values: table.pairs.map(([, canonical]) => canonical) },
      ...(table.unknown === 'carry' ? { keepsUnknown: true as const } : {}),
      lossless: table.pairs.every(([wire, canonical]) => table.toWire(canonical) === wire) ? 'exact' : 'quotient',
    };
  },
};
