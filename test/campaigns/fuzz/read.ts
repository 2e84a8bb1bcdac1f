import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { produce } from '../../../src/gateway/translation/produce.ts';
import { lossesKept } from '../../../src/gateway/translation/pipeline.ts';
import { MessageReader } from '../../../src/gateway/translation/reading.ts';
import { AnyReader } from '../../../src/gateway/translation/any-reader.ts';
import { atomsAddUp, factsAddUp } from '../../../src/maps/account.ts';
import type { Unit } from '../../../src/syntax/unit.ts';
import { library, plan } from '../../maps/fixture.ts';
import type { Input } from './damage.ts';

const around = { sender: 'A', recipient: 'B', preparedAt: '260101:0000', reference: '1' };

/** How much of the way an input went. */
export interface Way {
  readonly units: number;
  readonly parsed: number; // messages that a map took
  readonly built: number; // documents made of them
}

/**
 * Reads an input through detection, scanner or XML reader, structure and maps, and throws where something is not as it must be:
 * spans within their unit and the input, places of findings within the input, an account that adds up. With `build` the facts
 * are written too, in every target, and what was written is read and checked like anyone's.
 */
export function readInput({ bytes, cuts }: Input, build: boolean): Way {
  let units = 0;
  let parsed = 0;
  let built = 0;
  const found = (finding: Diagnostic): void => checkPlace(finding, bytes.length);
  const messages = new MessageReader(
    library(),
    {
      message(message) {
        message.findings.forEach(found);
        if (!message.parsed) return;
        parsed++;
        const { account, rows } = message.parsed;
        if (!atomsAddUp(account)) throw new Error(`atoms do not add up: ${JSON.stringify(account)}`);
        if (!build) return;
        for (const to of ['wco/cri/3', 'un/cuscar/d95b']) {
          built++;
          const { facts, findings } = produce(library(), plan(to), rows, around);
          if (!factsAddUp(facts)) throw new Error(`facts do not add up: ${JSON.stringify(facts)}`);
          const bug = findings.find(({ code }) => code === 'BUG');
          if (bug) throw new Error(JSON.stringify(bug.args));
        }
      },
      interchangeEnd: (_, findings) => findings.forEach(found),
    },
    { reuse: !build, losses: lossesKept },
  );
  const reader = new AnyReader(library(), {
    interchange: (interchange) => messages.interchange(interchange),
    message: (header) => messages.message(header),
    unit(unit) {
      units++;
      checkSpans(unit, bytes);
      messages.unit(unit);
    },
    messageEnd: () => messages.messageEnd(),
    interchangeEnd: () => messages.interchangeEnd(),
    finding: (finding) => messages.finding(finding),
  });
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    reader.push(bytes.subarray(from, cut));
    from = cut;
  }
  reader.end();
  messages.end();
  messages.outside.forEach(found);
  return { units, parsed, built };
}

function checkSpans(unit: Unit, bytes: Buffer): void {
  const { base, start, end, size, starts, ends } = unit;
  if (!(start <= end && base + start >= 0 && base + end <= bytes.length))
    throw new Error(`unit ${unit.tag} at ${base + start}–${base + end} of ${bytes.length}`);
  for (let atom = 0; atom < size; atom++) {
    const [from, to] = [starts[atom]!, ends[atom]!];
    const isAgain = unit.shared?.isAgain(atom) === true; // where it was stated first, which is before this unit
    const [least, most] = isAgain ? [-base, start] : [start, end];
    if (!(least <= from && from <= to && to <= most)) throw new Error(`atom ${atom} of ${unit.tag} at ${from}–${to}, outside ${least}–${most}`);
    const stated = isAgain ? bytes.toString('latin1', base + from, base + to) : '';
    if (isAgain && /^[\x20-\x7e]*$/.test(stated) && unit.text(atom) !== stated) throw new Error(`atom ${atom} of ${unit.tag} is not what was stated`);
  }
  const own = unit.shared?.isAgain(0) === true ? [] : starts.slice(0, Math.min(size, 1));
  for (const at of own) if (unit.bytes[at] !== bytes[base + at]) throw new Error(`atom 0 of ${unit.tag} shows another byte than the input has`);
}

function checkPlace({ code, data }: Diagnostic, length: number): void {
  if (data && !(data.start >= 0 && data.start <= data.end && data.end <= length)) throw new Error(`${code} at ${data.start}–${data.end} of ${length}`);
}
