import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openGateway } from '../../src/cli/running.ts';
import type { Event } from '../../src/gateway/delivery/dispatch.ts';
import { loadConfigurationFolder, openLibrary } from '../../src/gateway/library/library.ts';
import { root } from '../root.ts';

const body = readFileSync(join(root, 'samples/latin-1/input.edi'), 'latin1');

/** The sample gateway with threads of its own, watching its configuration. */
async function watching(t: Test) {
  const folder = mkdtempSync(join(tmpdir(), 'portolan-reload-'));
  const config = join(folder, 'config');
  cpSync(join(root, 'samples/gateway'), config, { recursive: true });
  const library = openLibrary({ root, maps: config });
  const events: Event[] = [];
  const heard = new Set<() => void>();
  const report = (event: Event): void => {
    events.push(event);
    for (const resume of heard) resume();
  };
  const running = await openGateway({ library, loaded: loadConfigurationFolder(config, library), config, data: join(folder, 'data'), report, workers: 1 });
  running.watch();
  t.teardown(async () => {
    await running.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const call = async (key: string, method: 'GET' | 'POST', url: string, payload?: Buffer) => {
    const answer = await running.app.inject({
      method,
      url,
      headers: { authorization: `Bearer demo-${key}`, prefer: 'wait=20' },
      ...(payload ? { payload } : {}),
    });
    return { status: answer.statusCode, json: JSON.parse(answer.body) };
  };
  let number = 0;
  const send = async () => {
    const reference = `R${String(++number).padStart(8, '0')}`;
    const { status, json } = await call('blue-anchor', 'POST', '/v1/interchanges', Buffer.from(body.replaceAll(/BA\d{7}/g, reference), 'latin1'));
    if (status !== 202) throw new Error(JSON.stringify(json));
    return json as { id: string; outcome: { messages: { agencies: Record<string, string> }[] } };
  };
  /** Until so many events of a kind were told. */
  const until = async (event: string, count: number): Promise<void> => {
    while (events.filter((each) => each.event === event).length < count) {
      const refused = events.find((each) => each.event === 'configuration refused');
      if (refused && event !== 'configuration refused') throw new Error(JSON.stringify(refused));
      await new Promise<void>((resolve) => heard.add(() => resolve()));
    }
  };
  return { ...running, config, events, call, send, until };
}

t.test('changes are taken up while traffic runs: nothing is lost, doubled, or partly by the one and partly by the other', { timeout: 60_000 }, async (t) => {
  const gateway = await watching(t);
  const routes = join(gateway.config, 'routes/arrivals.yaml');
  const text = readFileSync(routes, 'utf8');
  await gateway.send(); // what is loaded when it is first asked for
  let isDone = false;
  const sent: Awaited<ReturnType<typeof gateway.send>>[] = [];
  const load = Array.from({ length: 3 }, async () => {
    while (!isDone) sent.push(await gateway.send());
  });
  const before = gateway.gateway.inForce.recorded.hash;
  const live: number[] = [];
  for (let change = 1; change <= 4; change++) {
    const started = process.cpuUsage();
    writeFileSync(`${routes}.new`, `${text.replace('country: [NL]', `country: [${change % 2 === 1 ? 'BE' : 'NL'}]`)}# ${change}\n`);
    renameSync(`${routes}.new`, routes);
    await gateway.until('configuration changed', change);
    await gateway.send();
    const { user, system } = process.cpuUsage(started);
    live.push((user + system) / 1_000);
  }
  isDone = true;
  await Promise.all(load);
  t.not(gateway.gateway.inForce.recorded.hash, before);
  t.ok(Math.min(...live) < 1_000, `live after ${live.map(Math.round).join(', ')} ms of computing, the traffic's included`);
  const deliveries = sent.map(({ outcome }) => Object.keys(outcome.messages[0]!.agencies).sort().join());
  t.same(new Set(deliveries), new Set(['customs', 'customs,port-health']), 'each went by one of the two configurations');
  t.match(await gateway.call('operator', 'GET', '/v1/status'), { json: { queue: [] } });
  for (const agency of ['customs', 'port-health']) {
    const got: string[] = [];
    for (;;) {
      const { json } = await gateway.call(agency, 'GET', `/v1/inbox?after=${got.length}&limit=500`);
      if (json.items.length === 0) break;
      got.push(...json.items.map(({ message }: { message: string }) => message));
    }
    const due = sent.filter(({ outcome }) => outcome.messages[0]!.agencies[agency] === 'sent').map(({ id }) => `${id}-1`);
    t.equal(new Set(got).size, got.length, `${agency} got nothing twice`);
    t.ok(due.every((id) => got.includes(id)), `${agency} got all ${due.length} that were meant for it`); // prettier-ignore
  }
  const steps = await gateway.gateway.store.timeline('config');
  t.equal(steps.filter(({ record }) => record?.kind === 'configuration-changed').length, 5, 'the start and each change is an entry');
});

t.test('what is not in order is refused as a whole, with the place, and what was in force stays', { timeout: 60_000 }, async (t) => {
  const gateway = await watching(t);
  const routes = join(gateway.config, 'routes/arrivals.yaml');
  const text = readFileSync(routes, 'utf8');
  const before = gateway.gateway.inForce.recorded.hash;
  writeFileSync(join(gateway.config, 'partners/new.yaml'), 'partner: new-one\nname: New\nidentities: [{ id: NEWONE }]\nkeys: [{ demo: demo-new-one }]\n');
  writeFileSync(routes, text.replace('to: [customs]', 'to: [nobody]'));
  await gateway.until('configuration refused', 1);
  t.match(gateway.events, [{ event: 'configuration refused', code: 'CONFIG_UNKNOWN_NAME', file: 'routes/arrivals.yaml', line: Number, column: Number }]);
  const refused = await gateway.call('operator', 'POST', '/v1/configuration/reload');
  const line = text.slice(0, text.indexOf('to: [customs]')).split('\n').length;
  t.match(refused, {
    status: 422,
    json: { code: 'CONFIG_REFUSED', errors: [{ code: 'CONFIG_UNKNOWN_NAME', rule: new RegExp(`^routes/arrivals.yaml:${line}:\\d+$`) }] },
  });
  t.equal(gateway.gateway.inForce.recorded.hash, before);
  t.notOk(
    gateway.gateway.configuration.partners.some(({ id }) => id === 'new-one'),
    'nor is the part of it that is in order',
  );
  t.match(await gateway.call('blue-anchor', 'POST', '/v1/configuration/reload'), { status: 403 });
  writeFileSync(routes, text);
  gateway.events.length = 0;
  await gateway.until('configuration changed', 1);
  t.ok(gateway.gateway.configuration.partners.some(({ id }) => id === 'new-one'));
  t.match(await gateway.call('operator', 'POST', '/v1/configuration/reload'), { status: 200, json: { changed: false } });

  writeFileSync(routes, text.replace('to: [customs]', 'to: [nobody]'));
  await gateway.until('configuration refused', 1);
  gateway.events.length = 0;
  writeFileSync(routes, text);
  await gateway.until('configuration in order again', 1);
  t.same(gateway.events, [{ event: 'configuration in order again', hash: gateway.gateway.inForce.recorded.hash }], 'what is restored as it was is told too');
  t.equal(gateway.gateway.refused, undefined);
});

t.test('a map of the configuration is taken up by the threads that run', { timeout: 60_000 }, async (t) => {
  const gateway = await watching(t);
  await gateway.send();
  const { translator } = gateway.gateway.inForce;
  const own = join(gateway.config, 'maps/un/cuscar/d95b/own');
  mkdirSync(own, { recursive: true });
  writeFileSync(
    join(own, 'map.yaml'),
    'map: un/cuscar/d95b/own\nkind: dialect\nextends: un/cuscar/d95b@1.0.0\nversion: 1.0.0\ntitle: A dialect of our own\nmatch: { UNH.S009.0057: OWN10 }\n',
  );
  await gateway.until('configuration changed', 1);
  t.not(gateway.gateway.inForce.translator, translator);
  t.ok(gateway.gateway.library.catalog.maps.some(({ name }) => name === 'un/cuscar/d95b/own'));
  t.match((await gateway.send()).outcome, { messages: [{ agencies: { customs: 'sent' } }] });
});
