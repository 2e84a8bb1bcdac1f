import t from 'tap';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { booking, events } from './read.ts';
import { root } from '../../root.ts';
import { readJsonSchema } from '../../../src/syntax/json/schema.ts';

const seed = Number(process.env['PORTOLAN_SEED'] ?? 1);
const runs = Number(process.env['PORTOLAN_RUNS'] ?? 1_500);

/** A generator of its own, so that a seed says all. */
function randomOf(start: number): () => number {
  let state = start >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const house = readJsonSchema('house-manifest-1', readFileSync(join(root, 'schemas/json/house-manifest-1.schema.json'), 'utf8')).schema!;
const whole = readFileSync(join(root, 'mappings/json/house-manifest/1/cases/every-member/input.json'));
const samples = [
  Buffer.from(JSON.stringify(JSON.parse(whole.toString()))),
  whole.subarray(0, 900),
  Buffer.from(
    '{"kind":"booking","number":"é\\u00e9\\ud83d\\ude00😀\\n","open":true,"weight":-1.50e-3,"seals":["a",[1,[null]]],"goods":[{},{}]} {"kind":"booking"}',
  ),
  Buffer.from('[{"kind":"booking"},{"a":1}]'),
];
const salt = ['"', '\\', '{', '}', '[', ']', ':', ',', '\\u', '\\ud800', '\0', '\xe9', '\xf0\x9f', 'null', '-', '1e', ' ', '""'];

function mutated(random: () => number): Buffer {
  let bytes = Buffer.from(samples[Math.floor(random() * samples.length)]!);
  for (let times = 1 + Math.floor(random() * 3); times > 0; times--) {
    const at = Math.floor(random() * bytes.length);
    const to = at + Math.floor(random() * 6);
    const piece = random() < 0.3 ? '' : salt[Math.floor(random() * salt.length)]!;
    bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(piece, 'latin1'), bytes.subarray(random() < 0.5 ? at : to)]);
  }
  return bytes;
}

t.test(`whatever comes, it is read without a throw, and how it is cut makes no difference (seed ${seed}, ${runs} runs)`, async (t) => {
  const random = randomOf(seed);
  const options = { schemas: [booking, house] };
  for (let run = 0; run < runs; run++) {
    const bytes = mutated(random);
    const said = events(bytes, [], options);
    if (said.includes('a span out of range')) t.fail(`run ${run}: a span out of range in ${JSON.stringify(bytes.toString('latin1'))}`);
    const cut = Math.floor(random() * (bytes.length + 1));
    const cuts = run % 10 === 0 ? Array.from({ length: bytes.length }, (_, i) => i) : [cut];
    const again = events(bytes, cuts, options);
    if (said.join('\n') !== again.join('\n'))
      return t.same(again, said, `run ${run}, cut at ${cuts.length > 1 ? 'every byte' : cut}: ${JSON.stringify(bytes.toString('latin1'))}`);
  }
  t.pass();
});
