import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { produce } from '../../src/gateway/produce.ts';
import { readBytes } from '../../src/gateway/syntax.ts';
import { atomsAddUp, factsAddUp } from '../../src/maps/account.ts';
import { seeded, type Random } from '../../src/maps/generate-values.ts';
import { library, plan } from '../maps/fixture.ts';
import { root } from '../root.ts';

const around = { sender: 'A', recipient: 'B', preparedAt: '260101:0000', reference: '1' };
const tokens = [
  "'",
  '+',
  ':',
  '?',
  '*',
  'UNH',
  'UNT',
  'RFF',
  'NAD',
  'GID',
  'CNI',
  'LOC+9+',
  '<',
  '>',
  '</',
  '&amp;',
  '<!DOCTYPE',
  '\0',
  '\xff',
  '\xc3\xa9',
  '<Consignment>',
  '</Consignment>',
];

/**
 * Damaged samples through scanner, structure, XML reader, maps and writers: no exception, every atom and fact with a
 * fate, no input that takes long. What breaks is told with its seed and number, by which it can be had again.
 */
export async function run({ seconds, seed }: { readonly seconds: number; readonly seed: number }): Promise<{ figure: string; ok: boolean }> {
  await library().loadSchemas();
  const samples = readdirSync(join(root, 'samples')).flatMap((name) =>
    ['input.edi', 'input.xml'].map((file) => join(root, 'samples', name, file)).filter(existsSync),
  );
  const inputs = samples.map((file) => readFileSync(file));
  const random = seeded(seed);
  const end = Date.now() + seconds * 1_000;
  const broken: string[] = [];
  let count = 0;
  let slowest = 0;
  for (; Date.now() < end && broken.length < 5; count++) {
    const bytes = damage(inputs[Math.floor(random() * inputs.length)]!, random);
    const started = performance.now();
    try {
      carry(bytes);
    } catch (error) {
      broken.push(`input ${count} of seed ${seed}: ${error instanceof Error ? error.message : String(error)}`);
    }
    slowest = Math.max(slowest, performance.now() - started);
  }
  const figure = `${count} damaged inputs, slowest ${Math.round(slowest)} ms, ${broken.length} broken${broken.length > 0 ? `: ${broken.join('; ')}` : ''}`;
  return { figure, ok: broken.length === 0 && slowest < 10_000 };
}

function carry(bytes: Buffer): void {
  readBytes(library(), bytes, {
    message({ parsed }) {
      if (!parsed) return;
      if (!atomsAddUp(parsed.account)) throw new Error(`atoms do not add up: ${JSON.stringify(parsed.account)}`);
      for (const to of ['wco/cri/3', 'un/cuscar/d95b']) {
        const { facts, findings } = produce(library(), plan(to), parsed.rows, around);
        if (!factsAddUp(facts)) throw new Error(`facts do not add up: ${JSON.stringify(facts)}`);
        const bug = findings.find(({ code }) => code === 'BUG');
        if (bug) throw new Error(JSON.stringify(bug.args));
      }
    },
  });
}

/** One to six changes: something put in, taken out, repeated, cut off, or another byte. */
function damage(original: Buffer, random: Random): Buffer {
  let bytes = original;
  for (let changes = 1 + Math.floor(random() * 6); changes > 0; changes--) {
    const at = Math.floor(random() * bytes.length);
    const kind = random();
    if (kind < 0.25) bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(tokens[Math.floor(random() * tokens.length)]!, 'latin1'), bytes.subarray(at)]);
    else if (kind < 0.5) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + Math.floor(random() * 40))]);
    else if (kind < 0.7) {
      const from = Math.floor(random() * bytes.length);
      bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(from, from + Math.floor(random() * 200)), bytes.subarray(at)]);
    } else if (kind < 0.8) bytes = bytes.subarray(0, at);
    else {
      bytes = Buffer.from(bytes);
      bytes[at] = Math.floor(random() * 256);
    }
    if (bytes.length === 0) bytes = Buffer.from('U');
  }
  return bytes;
}
