import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t, { type Test } from 'tap';
import { Driven } from '../../../src/channels/adapter/harness.ts';
import { root } from '../../root.ts';
import { freePort } from './port.ts';
import { temporary } from './scripted.ts';

const program = join(root, 'adapters/matip/matip.mjs');
const packets = (await import(pathToFileURL(join(root, 'adapters/matip/packets.mjs')).href)) as {
  sessionOpen(of: object): Buffer;
  openConfirm(cause?: number): Buffer;
  sessionClose(cause?: number): Buffer;
  data(bytes: Buffer): Buffer;
  readOpen(content: Buffer): object | undefined;
  packetReader(found: (packet: { command: string; content: Buffer }) => void): (bytes: Buffer) => void;
};
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

t.test('packets, byte by byte', (t) => {
  const table: readonly (readonly [what: string, packet: Buffer, bytes: string])[] = [
    ['Session Open: ASCII, no protection, both HLDs', packets.sessionOpen({ sender: 0x1234, recipient: 0x5678 }), '01 FE 000A 04 02 1234 5678'],
    [
      'the same in EBCDIC under BATAP',
      packets.sessionOpen({ coding: 'ebcdic', protection: 'batap', sender: 1, recipient: 0xffff }),
      '01 FE 000A 06 22 0001 FFFF',
    ],
    ['Open Confirm, accepted', packets.openConfirm(), '01 FD 0005 00'],
    ['Open Confirm, refused for want of such traffic', packets.openConfirm(1), '01 FD 0005 01'],
    ['Session Close, normal', packets.sessionClose(), '01 FC 0005 00'],
    ['a message', packets.data(Buffer.from('QU')), '01 00 0006 5155'],
    ['an empty message', packets.data(Buffer.alloc(0)), '01 00 0004'],
    ['the longest message', packets.data(Buffer.alloc(65_531)).subarray(0, 4), '01 00 FFFF'],
  ];
  for (const [what, packet, bytes] of table) t.same(packet, hex(bytes), what);
  t.same(packets.readOpen(hex('04 02 1234 5678')), { coding: 'ascii', protection: 'none', sender: 0x1234, recipient: 0x5678 });
  t.same(packets.readOpen(hex('04 00')), { coding: 'ascii', protection: 'none' }, 'without HLDs');
  for (const short of ['', '04', '04 02 1234']) t.equal(packets.readOpen(hex(short)), undefined, 'cut short');

  const stream = hex('01FE000A040212345678 01FD000500 010000065155 01FC000500');
  for (const step of [1, 2, 3, 7, stream.length]) {
    const found: string[] = [];
    const read = packets.packetReader(({ command, content }) => found.push(`${command} ${content.toString('hex')}`));
    for (let i = 0; i < stream.length; i += step) read(stream.subarray(i, i + step));
    t.same(found, ['open 040212345678', 'confirm 00', 'data 5155', 'close 00'], `in pieces of ${step}`);
  }
  for (const wrong of ['02 FE 0004', '01 F0 0004', '01 00 0003']) t.throws(() => packets.packetReader(() => undefined)(hex(wrong)), wrong);
  t.end();
});

function adapter(t: Test, settings: object): Driven {
  const driven = new Driven([process.execPath, program], settings, temporary(t), 'air');
  t.teardown(() => driven.kill());
  return driven;
}

/** Everything that comes, until the other side ends. */
async function transcript(socket: Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks).toString('hex').toUpperCase();
}

t.test('as the one who is called, told by hand-made bytes', async (t) => {
  const port = await freePort();
  const driven = adapter(t, { own: 0x5678, peer: 0x1234, listen: { host: '127.0.0.1', port } });
  await driven.start();
  const call = async (bytes: string): Promise<string> => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
    socket.on('error', () => undefined);
    const all = transcript(socket);
    socket.end(hex(bytes));
    socket.once('end', () => socket.destroy());
    return all;
  };
  t.equal(await call('01FE000A040212345678 010000065155 010000064142 01FC000500'), '01FD00050001FC000580', 'two messages in a session that is closed');
  const arrivals = driven.said.flatMap((frame) => (frame.type === 'arrival' ? [Buffer.from(frame.body.base64!, 'base64').toString()] : []));
  t.same(arrivals, ['QU', 'AB']);
  t.equal(await call('01FE00060400 010000065155 01FC000500'), '01FD00050001FC000580', 'a session without HLDs');
  const refused: readonly (readonly [what: string, bytes: string, answer: string])[] = [
    ['another recipient', '01FE000A040212349999', '01FD000501'],
    ['another sender', '01FE000A040299995678', '01FD000501'],
    ['another coding', '01FE000A060212345678', '01FD000501'],
    ['BATAP', '01FE000A042212345678', '01FD000503'],
    ['a Session Open cut short', '01FE000804021234', '01FD000502'],
    ['a message before the session', '010000065155', ''],
    ['what is no MATIP', '474554202F', ''],
  ];
  for (const [what, bytes, answer] of refused) t.equal(await call(bytes), answer, what);
});

/** A peer that sends what it is told, at each packet, in turn. */
async function peer(t: Test, answers: readonly string[]) {
  const heard: string[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const turns = [...answers];
    socket.on('error', () => undefined);
    const turn = (packet: string): void => {
      heard.push(packet);
      const answer = turns.shift() ?? 'nothing';
      if (answer === 'end') socket.end();
      else if (answer === 'reset') socket.resetAndDestroy();
      else if (answer.endsWith(' end')) socket.end(hex(answer.slice(0, -4)));
      else if (answer !== 'nothing') socket.write(hex(answer));
    };
    const read = packets.packetReader(({ command, content }) => turn(`${command} ${content.toString('hex').toUpperCase()}`));
    socket.on('data', (bytes) => read(bytes));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => void server.close());
  return { port: (server.address() as AddressInfo).port, heard };
}

t.test('as the one who calls, answered by hand-made bytes', async (t) => {
  const confirm = '01FD000500';
  const table: readonly (readonly [what: string, answers: readonly string[], state: string, failure?: string | undefined, agreed?: 'end'])[] = [
    ['accepted, and everything taken', [confirm, 'nothing', '01FC000580 end'], 'delivered'],
    ['ended in order, which a fall looks like', [confirm, 'nothing', 'end'], 'failed', 'interrupted'],
    ['ended in order, where that was agreed to be enough', [confirm, 'nothing', 'end'], 'delivered', undefined, 'end'],
    ['reset, where an end was agreed to be enough', [confirm, 'reset'], 'failed', 'interrupted', 'end'],
    ['refused', ['01FD000501'], 'failed', 'auth'],
    ['reset after the message', [confirm, 'reset'], 'failed', 'interrupted'],
    ['ended before the message', ['end'], 'failed', 'interrupted'],
    ['closed by the peer instead', [confirm, '01FC000500', 'end'], 'failed', 'interrupted'],
    ['confirmed, and then never ended', [confirm], 'failed', 'timeout'],
    ['what is no MATIP', ['0500'.padEnd(8, '0')], 'failed', 'answer'],
  ];
  for (const [what, answers, state, failure, agreed] of table) {
    const { port, heard } = await peer(t, answers);
    const driven = adapter(t, { own: 0x1234, peer: 0x5678, call: { host: '127.0.0.1', port, timeout: 1, confirm: agreed } });
    await driven.start();
    await driven.deliver('D1', Buffer.from('QU BERTOXH'));
    const said = await driven.outcome('D1', 5_000);
    t.equal(said.state, state, `${what}: ${said.reason ?? ''}`);
    t.equal(said.failure, failure, what);
    if (state === 'delivered' && agreed === undefined)
      t.same(heard, ['open 040212345678', `data ${Buffer.from('QU BERTOXH').toString('hex').toUpperCase()}`, 'close 00']);
    await driven.kill();
  }
  const nobody = adapter(t, { own: 1, peer: 2, call: { host: '127.0.0.1', port: await freePort(), timeout: 1 } });
  await nobody.start();
  await nobody.deliver('D1', Buffer.from('QU'));
  t.match(await nobody.outcome('D1', 5_000), { state: 'failed', failure: 'unreachable' });
});
