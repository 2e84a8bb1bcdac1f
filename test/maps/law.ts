import { atomsAddUp, factsAddUp } from '../../src/maps/account.ts';
import { build, type Built } from '../../src/maps/build.ts';
import type { Rows } from '../../src/dictionary/rows.ts';
import { randomRows, seeded } from '../../src/maps/generate.ts';
import { normalForm } from '../../src/maps/normal-form.ts';
import { startParse, type Parsed } from '../../src/maps/parse.ts';
import type { Plan } from '../../src/maps/plan.ts';
import { headerFor } from './fixture.ts';
import { play, Tape, type Recorded } from './tape.ts';

export const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ 0123456789.,-()/=\'+:?!"%&*;<>abcäöüß';

export function write(map: Plan, rows: Rows): { tape: Tape; built: Built } {
  const tape = new Tape();
  return { tape, built: build(map, rows, tape) };
}
export function read(map: Plan, units: readonly Recorded[]): Parsed {
  const parser = startParse(map, headerFor(map));
  play(units, parser);
  return parser.end();
}

/** What breaks in one random case, or undefined. `writing` may differ from `map`: that is how a law is shown to bite. */
export function broken(map: Plan, seed: number, writing = map): { law: string; seed: number; detail: string } | undefined {
  const rows = randomRows(writing, seeded(seed), alphabet);
  const { tape, built } = write(writing, rows);
  const fail = (law: string, detail: string) => ({ law, seed, detail });
  if (built.account.written === 0) return fail('something is written', JSON.stringify(built.account));
  if (!factsAddUp(built.account)) return fail('conservation of facts', JSON.stringify(built.account));
  const lost = new Set(built.losses.flatMap(({ fact }) => (fact === undefined ? [] : [fact])));
  const parsed = read(map, tape.units);
  if (!atomsAddUp(parsed.account)) return fail('conservation of atoms', JSON.stringify(parsed.account));
  const [offered, returned] = [normalForm(rows, lost), normalForm(parsed.rows)];
  if (offered !== returned) return fail('PutGet', difference(offered, returned));
  if (parsed.account.lost > 0) return fail('validity', parsed.losses.map(({ reason }) => reason).join('; '));
  const again = write(map, parsed.rows);
  if (JSON.stringify(again.tape.units) !== JSON.stringify(tape.units)) {
    // Siblings that were stated once for several may come back in another order; then the second time is the canonical one.
    const third = write(map, read(map, again.tape.units).rows);
    if (JSON.stringify(third.tape.units) !== JSON.stringify(again.tape.units)) return fail('stability', 'writing what was read is not the same again');
  }
  return undefined;
}

export function difference(a: string, b: string): string {
  let at = 0;
  while (a[at] === b[at] && at < a.length) at++;
  return `…${a.slice(Math.max(0, at - 60), at + 60)}… came back as …${b.slice(Math.max(0, at - 20), at + 60)}…`;
}
