import { finding, sentence, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Rows } from '../../dictionary/rows.ts';
import type { Loss } from '../../maps/account.ts';
import type { Plan } from '../../maps/plan.ts';
import type { AnswerProfile } from '../../partners/profile.ts';
import { pointerOf, pointerText, resolvePointer, type Resolution } from '../../replies/pointers.ts';
import { positionOf } from '../../replies/position.ts';
import { tableFor } from '../../replies/tables.ts';
import { tell, type Told, type Untold } from '../../replies/tell.ts';
import type { MessageHeader } from '../../syntax/unit.ts';
import type { Library } from '../library/library.ts';
import { documentNumber } from '../outcome/business-keys.ts';

/** An answer, and the message that it answers. */
export interface Telling {
  readonly answer: Rows;
  readonly question: { readonly header: MessageHeader; readonly rows: Rows }; // its sender's own, whatever the agency may see of it
  readonly seen?: { readonly rows: Rows; readonly sources: readonly number[] } | undefined; // what the agency counted, where that is not all
  readonly profile: AnswerProfile | undefined; // by which the agency answers
  readonly verdict: string; // `none` where the answer decides nothing
  readonly reference: string; // 0020 of what is written
}

/** What is to be written by a map, and what it has no place for. */
export interface ToBeWritten {
  readonly rows: Rows;
  readonly losses: readonly Loss[];
  readonly findings: readonly Diagnostic[];
}

/** An answer in the light of what it answers: what it points at is found there, and it is told as the map that is to write it keeps its facts. */
export function toldBy(library: Library, plan: Plan, { answer, question, seen, profile, verdict, reference }: Telling): ToBeWritten {
  const { header, rows: document } = question;
  const counted = seen?.rows ?? document;
  const pointed = resolveAll(answer, counted);
  const number = documentNumber(document);
  const message = header.reference ?? '';
  const told: Told = {
    verdict,
    known: {
      reference,
      list: profile?.list ?? '',
      agency: profile?.agency ?? '',
      interchange: header.interchange.reference ?? '',
      message,
      type: header.type,
      document: number,
      subject: number || message,
    },
    answered: header,
    map: plan.name,
    position(row) {
      const at = pointed.get(row)?.resolution.pointed;
      return at?.rows === counted ? positionOf(at) : undefined;
    },
    words(row) {
      const at = pointed.get(row);
      if (!at) return '';
      const place = this.position(row)?.words;
      return place === undefined ? at.pointer : `${place} (${at.pointer})`;
    },
    canWrite: writes(plan),
    asked: {
      rows: document,
      row(each) {
        const at = pointed.get(each)?.resolution.pointed;
        return at?.rows === counted ? (seen?.sources[at.row] ?? at.row) : undefined;
      },
    },
  };
  // An answer that keeps its facts as a document does is told as it is.
  const table = answer.roots().some((root) => answer.class(root).name === 'Response') ? tableFor(library.answers, plan.name) : undefined;
  const { rows, untold } = table ? tell(table, answer, told) : { rows: answer, untold: [] };
  return {
    rows,
    losses: untold.map((each) => lossOf(each, plan)),
    findings: [...pointed.values()].flatMap(({ resolution }) => resolution.finding ?? []),
  };
}

interface ResolvedPointer {
  readonly pointer: string;
  readonly resolution: Resolution;
}

/** Every pointer of an answer, by the row that points: into the document that was sent, or into the answer itself. */
export function resolveAll(answer: Rows, document: Rows): ReadonlyMap<number, ResolvedPointer> {
  const pointed = new Map<number, ResolvedPointer>();
  for (let row = 0; row < answer.size; row++) {
    const steps = answer.removed(row) ? [] : pointerOf(answer, row);
    if (steps.length > 0) pointed.set(row, { pointer: pointerText(steps), resolution: resolvePointer(steps, [document, answer]) });
  }
  return pointed;
}

/** Whether a map has a place for an attribute. */
function writes({ bindings }: Plan): (path: string) => boolean {
  const paths = new Set(bindings.flatMap(({ attributes }) => attributes.filter(({ only }) => only !== 'parse').map(({ attribute }) => attribute.path)));
  return (path) => paths.has(path);
}

function lossOf({ path, value }: Untold, { name }: Plan): Loss {
  const code = 'MAP_NO_ELEMENT';
  return { code, path, value, reason: sentence(finding(code, { path, map: name })) };
}
