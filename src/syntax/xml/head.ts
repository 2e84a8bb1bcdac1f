import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { MessageHeader, Unit, UnitHandler } from '../unit.ts';
import { unique } from '../unique.ts';
import { ElementUnit } from './element-unit.ts';
import { hold, letGo } from './held.ts';

const heldUnits = 32; // of the beginning: an envelope and the first elements of what stands in it
const heldDepth = 5;

/** A path of the beginning, and those below it by the tag that leads there: they are the same in one document after the other. */
interface Step {
  readonly path: string;
  readonly below: Map<string, Step>;
}

let start: Step = { path: '', below: new Map() };
let steps = 0;
const knownSteps = 1024;

function below(step: Step, tag: string): Step {
  const known = step.below.get(tag);
  if (known) return known;
  const local = tag.slice(tag.indexOf('}') + 1);
  const made: Step = { path: unique(step.path === '' ? local : `${step.path}/${local}`), below: new Map() };
  step.below.set(unique(tag), made);
  if (++steps === knownSteps) forget();
  return made;
}

/** Whoever is on the way of a path goes on with what he has. */
function forget(): void {
  start = { path: '', below: new Map() };
  steps = 0;
}

/**
 * Lets a handler know the beginning of a document before the document begins: many publishers wrap theirs in one and the same
 * envelope, and only what stands in it says what it is.
 *
 *     <MetaData><WCOTypeName>DEC</WCOTypeName><Declaration><FunctionCode>9</FunctionCode> …
 *     head: MetaData → '' · MetaData/WCOTypeName → DEC · MetaData/Declaration → '' · MetaData/Declaration/FunctionCode → 9
 *
 * The first units are kept, and handed on in their order once the header is complete.
 */
export function withHead(handler: UnitHandler): UnitHandler {
  let header: MessageHeader | undefined;
  let held: (ElementUnit | Diagnostic)[] = [];
  let head = new Map<string, string>();
  let path: (Step | undefined)[] = []; // of the open elements, from the document's on; as deep as it is held

  const release = (): void => {
    if (!header) return;
    const whole = { head, ...header };
    header = undefined;
    handler.message?.(whole);
    for (const each of held)
      if (each instanceof ElementUnit) {
        handler.unit?.(each);
        letGo(each);
      } else handler.finding?.(each);
    held = [];
  };

  const see = (unit: Unit): void => {
    if (unit.kind === 'close') return void path.pop();
    const step = path.length < heldDepth ? below(path.at(-1) ?? start, unit.tag) : undefined;
    if (step && !head.has(step.path)) head.set(step.path, textOf(unit));
    if (unit.kind === 'open') path.push(step);
  };

  return {
    interchange: (interchange) => handler.interchange?.(interchange),
    message(begun) {
      header = begun;
      head = new Map();
      path = [];
    },
    unit(unit) {
      if (!header) return handler.unit?.(unit);
      const each = hold(unit);
      see(each);
      held.push(each);
      if (held.length === heldUnits) release();
    },
    finding(finding) {
      if (header) held.push(finding);
      else handler.finding?.(finding);
    },
    messageEnd(ended) {
      release();
      handler.messageEnd?.(ended);
    },
    interchangeEnd(interchange, end) {
      release();
      handler.interchangeEnd?.(interchange, end);
    },
  };
}

function textOf(unit: Unit): string {
  for (let atom = 0; atom < unit.size; atom++) if (unit.name(atom) === undefined) return unit.text(atom);
  return '';
}
