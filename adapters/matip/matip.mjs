#!/usr/bin/env node
/**
 * An adapter for Type B over MATIP (RFC 2351), by the contract of `src/channels/adapter/CONTRACT.md`. Nothing of Portolan is
 * imported: it could be in any language.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { longestMessage } from './packets.mjs';
import { Failure, handOver, listen } from './session.mjs';

const say = (frame) => process.stdout.write(`${JSON.stringify(frame)}\n`);
const log = (text) => process.stderr.write(`${text}\n`);
const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

let settings; // { own, peer, coding, call: { host, port, timeout }, listen: { host, port } }
let folder;
let server;
let underWay = 0;
let stopping = false;
const arrivals = new Map(); // by key: who waits for it to be taken

/** A message that came over the line, brought to the gateway; a transmission has no name here, so its bytes are its name. */
function bring(bytes) {
  const hash = sha256(bytes);
  const key = `${settings.peer}-${hash}`;
  return new Promise((resolve, reject) => {
    const waiting = arrivals.get(key);
    if (waiting) return waiting.push({ resolve, reject });
    arrivals.set(key, [{ resolve, reject }]);
    say({ type: 'arrival', key, media: 'text/plain', body: { size: bytes.length, sha256: hash, base64: bytes.toString('base64') } });
  });
}

function answered(key, settle) {
  for (const one of arrivals.get(key) ?? []) settle(one);
  arrivals.delete(key);
}

async function bytesOf(body) {
  const bytes = body.file === undefined ? Buffer.from(body.base64, 'base64') : await readFile(join(folder, body.file));
  if (bytes.length !== body.size || sha256(bytes) !== body.sha256) throw new Failure('content', 'the bytes are not those that were stated');
  return bytes;
}

async function deliver({ delivery, attempt, body }) {
  if (!settings.call) throw new Failure('settings', 'there is no `call` in the settings: nobody to hand over to');
  if (body.size > longestMessage) throw new Failure('content', `${body.size} bytes are more than the ${longestMessage} of a packet`);
  const bytes = await bytesOf(body);
  await handOver(bytes, { timeout: 60, ...settings.call, ...line() });
  say({ type: 'outcome', delivery, attempt, state: 'delivered' });
}

const line = () => ({ own: settings.own, peer: settings.peer, coding: settings.coding ?? 'ascii', take: bring, log });

const on = {
  async hello(frame) {
    if (frame.protocol !== 'portolan-adapter/1') throw new Error(`the gateway speaks ${frame.protocol}`);
    ({ settings, folder } = frame);
    if (settings.listen) server = await listen({ ...settings.listen, ...line() });
    say({ type: 'ready', protocol: 'portolan-adapter/1', name: 'matip', version: '1', window: 4 });
  },
  async deliver(frame) {
    underWay++;
    try {
      await deliver(frame);
    } catch (error) {
      const failure = error instanceof Failure ? error.failure : 'settings';
      say({ type: 'outcome', delivery: frame.delivery, attempt: frame.attempt, state: 'failed', failure, reason: error.message });
    }
    underWay--;
    leave();
  },
  taken: ({ key }) => answered(key, ({ resolve }) => resolve()),
  refused: ({ key, reason }) => answered(key, ({ reject }) => reject(new Error(reason))),
  stop() {
    stopping = true;
    server?.refuse();
    leave();
  },
};

/** What is under way comes to its end first. */
function leave() {
  if (!stopping || underWay > 0) return;
  server?.close();
  process.exit(0);
}

const input = createInterface({ input: process.stdin });
input.on('line', (text) => {
  let frame;
  try {
    frame = JSON.parse(text);
    if (frame.type === 'deliver' && !(frame.delivery && frame.body)) throw new Error('a delivery has a `delivery` and a `body`');
  } catch (error) {
    return say({ type: 'error', reason: error.message });
  }
  if (!Object.hasOwn(on, frame.type)) return; // of a later version
  Promise.resolve(on[frame.type](frame)).catch((error) => {
    log(error.message);
    process.exit(1);
  });
});
input.on('close', () => on.stop()); // the gateway is gone
