import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { MessageHeader, Unit, UnitHandler } from '../unit.ts';
import { ElementUnit } from './element-unit.ts';
import { hold, letGo } from './held.ts';

const heldUnits = 32; // of the beginning: an envelope and the first elements of what stands in it
const heldDepth = 5;

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
  let path: string[] = []; // of the open elements, from the document's on

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
    const local = unit.tag.slice(unit.tag.indexOf('}') + 1);
    if (path.length < heldDepth) {
      const at = path.length === 0 ? local : `${path.at(-1)!}/${local}`;
      if (!head.has(at)) head.set(at, textOf(unit));
      if (unit.kind === 'open') path.push(at);
    } else if (unit.kind === 'open') path.push(local);
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
