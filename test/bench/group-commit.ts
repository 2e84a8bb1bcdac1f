import Database from 'better-sqlite3';
import Fastify from 'fastify';
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';

// The denominator of the receipt stage: bare Fastify, one SHA-256, and one flushed SQLite commit for all requests that came
// in one turn of the event loop. No log, no proof, no signature, no encryption. `group-commit.js FILE` prints its port,
// and for each line of input its processor time so far, in microseconds.
const db = new Database(process.argv[2] ?? ':memory:');
db.pragma('journal_mode = wal');
db.pragma('synchronous = full');
db.exec('create table message (id integer primary key, reference text, at integer, hash blob, body blob)');
const insert = db.prepare('insert into message (reference, at, hash, body) values (?, ?, ?, ?)');
const begin = db.prepare('begin immediate');
const commit = db.prepare('commit');

let waiting: { readonly row: readonly unknown[]; readonly done: () => void }[] = [];
function flush(): void {
  const batch = waiting;
  waiting = [];
  begin.run();
  for (const { row } of batch) insert.run(...row);
  commit.run();
  for (const { done } of batch) done();
}
const store = (...row: readonly unknown[]): Promise<void> =>
  new Promise((done) => {
    if (waiting.push({ row, done }) === 1) setImmediate(flush);
  });

let number = 0;
const app = Fastify({ logger: false });
app.addContentTypeParser('application/edifact', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
app.post('/', async (request) => {
  const body = request.body as Buffer;
  await store(`r${++number}`, Date.now(), createHash('sha256').update(body).digest(), body);
  return { ok: true };
});
await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${(app.server.address() as { port: number }).port}\n`);
createInterface({ input: process.stdin }).on('line', () => {
  const { user, system } = process.cpuUsage();
  process.stdout.write(`${user + system}\n`);
});
