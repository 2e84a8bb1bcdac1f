import { statSync } from 'node:fs';
import { findingJson } from '../../diagnostics/json.ts';
import { renderFindings } from '../../diagnostics/text.ts';
import { verifyBundle } from '../../store/verify.ts';
import { table, tellProblem } from '../bench-command.ts';
import { answerOf, benchOptions, openBench } from '../client.ts';
import { UsageError, type Command, type ExitCode, type Io } from '../main.ts';
import { StagedFile } from '../output.ts';
import { openSource } from '../source.ts';

export const evidence: Command = {
  usage: 'portolan evidence export ID --out FILE [--url URL --key KEY | --data DIR]\n       portolan evidence verify FILE [--trust KEY] [--json]',
  summary: 'A bundle that proves what happened to a message, and its offline verification. --trust names the key of the log as you know it from elsewhere.',
  example: 'portolan evidence export 01JD8Z6Q0000000000000000AB-1 --out evidence.zip --key demo-operator && portolan evidence verify evidence.zip',
  options: { ...benchOptions, out: { type: 'string' }, trust: { type: 'string' } },
  only: { out: ['export'], url: ['export'], key: ['export'], data: ['export'], trust: ['verify'] },
  args: [2, 2],
  run(io) {
    const [verb, subject] = io.args;
    if (verb === 'verify') return Promise.resolve(verifyFile(io, subject!));
    if (verb === 'export') return exportBundle(io, subject!);
    throw new UsageError(`\`${verb}\` is neither export nor verify`);
  },
};

async function exportBundle(io: Io, id: string): Promise<ExitCode> {
  const file = io.options['out'];
  if (typeof file !== 'string') throw new UsageError('--out FILE is missing');
  const bench = await openBench(io.options, io.language);
  if (bench.kind === 'data') {
    const { wholeView, openBundle } = await import('../../store/bundle.ts');
    await writeChunks(file, (await openBundle(bench.store, id, wholeView('operator'))).chunks());
    await bench.store.close();
  } else {
    const response = await bench.get(`/v1/messages/${encodeURIComponent(id)}/evidence`);
    if (!response.ok) {
      tellProblem(io, await answerOf(response), response.status);
      return 1;
    }
    await writeChunks(file, response.body!);
  }
  if (io.options['json']) io.out(`${JSON.stringify({ file, size: statSync(file).size }, null, 2)}\n`);
  io.tell(`${file}: written; \`portolan evidence verify ${file}\` checks it, and so does the script inside it\n`);
  return 0;
}

/** A file as it comes; where it breaks off there is none. */
async function writeChunks(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const staged = new StagedFile(path);
  try {
    for await (const chunk of chunks) staged.write(chunk);
    staged.keep();
  } finally {
    staged.drop();
  }
}

function verifyFile({ options, language, out, tell }: Io, file: string): ExitCode {
  const source = openSource(file);
  const { findings, ...verified } = verifyBundle(source, options['trust'] as string | undefined);
  source.close();
  if (options['json']) out(`${JSON.stringify({ ...verified, findings: findings.map((each) => findingJson(each, undefined, language)) }, null, 2)}\n`);
  else {
    const { ok, subject, party, origin, key, size, steps } = verified;
    out(`${ok ? 'verified' : 'NOT in order'}: ${subject ?? file}${party === undefined ? '' : ` for ${party}`}\n`);
    if (origin !== undefined) out(`log ${origin}, ${size ?? 0} entries, signed by ${key ?? 'nobody'}\n`);
    if (steps.length > 0) out(`\n${table(['entry', 'at', 'step', 'party', 'content'], steps.map((s) => [String(s.index), s.at, s.kind ?? 'not shown', s.party ?? '', s.content]))}`); // prettier-ignore
    if (findings.length > 0) tell(renderFindings(findings, { language }));
  }
  return verified.ok ? 0 : 1;
}
