import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { main } from '../../src/cli/main.ts';
import { root } from '../root.ts';

async function portolan(...args: readonly string[]): Promise<{ readonly code: number; readonly said: string }> {
  const said: string[] = [];
  const code = await main(args, { out: (text) => void said.push(Buffer.from(text).toString('utf8')), tell: (text) => void said.push(text) });
  return { code, said: said.join('') };
}

t.test('the limits of a configuration hold on the command line too', async (t) => {
  const config = mkdtempSync(join(tmpdir(), 'portolan-limits-'));
  t.teardown(() => rmSync(config, { recursive: true, force: true }));
  cpSync(join(root, 'samples/gateway'), config, { recursive: true });
  appendFileSync(join(config, 'gateway.yaml'), 'limits: { edifact: { segments: 10 }, xml: { depth: 3 } }\n');
  const edifact = join(root, 'samples/two-bills/input.edi');
  const xml = join(root, 'samples/cargo-report-xml/input.xml');
  const commands: readonly (readonly string[])[] = [['inspect'], ['validate'], ['convert', '--to', 'canonical']];
  for (const [command = '', ...options] of commands) {
    t.equal((await portolan(command, edifact, ...options)).code, 0, `${command}: within the limits of the program`);
    const limited = await portolan(command, edifact, ...options, '--config', config);
    t.equal(limited.code, 1, `${command}: beyond those of the configuration`);
    t.match(limited.said, /EDIFACT_LIMIT[^]*the message has more than 10 segments; reading went on with the next message[^]*limits\.edifact\.segments/);
    t.match(
      (await portolan(command, xml, ...options, '--config', config)).said,
      /XML_LIMIT[^]*more than 3 elements stand in one another[^]*limits\.xml\.depth/,
    );
  }
  const empty = mkdtempSync(join(tmpdir(), 'portolan-limits-'));
  t.teardown(() => rmSync(empty, { recursive: true, force: true }));
  t.equal((await portolan('inspect', edifact, '--config', empty)).code, 0, 'a folder of maps alone has none');
});
