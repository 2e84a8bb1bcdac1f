import { constants } from 'node:os';
import { finding, hasError, type Diagnostic } from '../../diagnostics/diagnostic.ts';
import { findingJson, ruleJson } from '../../diagnostics/json.ts';
import { errorsFirst, renderFindings } from '../../diagnostics/text.ts';
import { loadConfigurationFolder, openLibrary, type LoadedFolder } from '../../gateway/library/library.ts';
import { checkAtStart } from '../checked.ts';
import { keptBeside } from '../kept.ts';
import { configFolder } from '../options.ts';
import { asItPays, whatPassesStaysYoung } from '../optimizer.ts';
import { operatorLog } from '../log.ts';
import { programFolder } from '../program.ts';
import { bytesOf } from '../reload.ts';
import { openGateway, translatingThreads, type RunningGateway } from '../running.ts';
import { UsageError, type Command } from '../main.ts';

export const serve: Command = {
  usage: 'portolan serve [--config DIR] [--data DIR] [--host H] [--port N] [--check [--all]]',
  summary:
    'Runs the gateway. --check reads the configuration, tells what is wrong with it, and exits; --all: also remarks, and what is to be said of the maps that ship.',
  example: 'portolan serve --config samples/gateway --check',
  options: {
    config: { type: 'string' },
    data: { type: 'string' },
    host: { type: 'string' },
    port: { type: 'string' },
    store: { type: 'string' },
    check: { type: 'boolean' },
    all: { type: 'boolean' },
  },
  args: [0, 0],
  async run({ options, language, out, tell }) {
    if (options['store'] !== undefined) throw new UsageError('only the embedded store is built: --data DIR');
    if (options['all'] && !options['check']) throw new UsageError('--all is for --check');
    const config = configFolder({ ...options, config: options['config'] ?? 'config' })!;
    const port = options['port'] === undefined ? undefined : Number(options['port']);
    if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65_536)) throw new UsageError(`\`${String(options['port'])}\` is no port`);
    const library = openLibrary({ root: programFolder, maps: config });
    const data = (options['data'] as string | undefined) ?? 'data';
    const loaded = loadConfigurationFolder(config, library, await keptBeside(data));
    const host = (options['host'] as string | undefined) ?? loaded.configuration?.gateway.host;
    if (options['check']) await library.loadSchemas();
    const findings = [
      ...(options['check'] ? [...library.check(), ...library.judging.check(), ...library.checkSchemas()] : checkAtStart(library)),
      ...loaded.findings,
      ...exposure(loaded, host),
    ];
    const bytes = bytesOf(library, loaded, config);
    if (options['check'] || hasError(findings) || !loaded.configuration) {
      if (options['json']) out(`${JSON.stringify({ findings: errorsFirst(findings).map((each) => findingJson(each, bytes, language)) }, null, 2)}\n`);
      else {
        const shown = options['all'] ? findings : findings.filter(concernsOperator);
        if (shown.length > 0) tell(renderFindings(shown, { bytes, language, errorsFirst: true, how: '--all', ...(options['all'] ? { limit: Infinity } : {}) }));
      }
      tell(`${config}: ${hasError(findings) ? 'NOT ' : ''}in order\n`);
      return hasError(findings) ? 1 : 0;
    }
    const report = operatorLog();
    for (const { code, args, severity, rule } of findings)
      if (severity !== 'info') report({ event: 'configuration', code, ...args, ...(rule && ruleJson(rule, bytes)) });
    const running = await openGateway({ library, loaded, config, data, report, workers: translatingThreads });
    const url = await running.listen(host, port);
    asItPays();
    whatPassesStaysYoung();
    report({ event: 'listening', url, docs: `${url}/docs` });
    await stopped(running, report);
    return 0;
  },
};

/** Errors, and warnings of the configuration itself. Of the maps that ship an analyst has decided. */
const concernsOperator = (each: Diagnostic): boolean =>
  hasError([each]) || (each.severity !== 'info' && !/^(mappings|schemas)\//.test(each.rule?.source ?? ''));

/** Public keys on an address that others can reach are an error, not a warning. */
export function exposure({ configuration }: LoadedFolder, host: string | undefined) {
  if (!configuration || host === undefined || ['127.0.0.1', '::1', 'localhost'].includes(host)) return [];
  const { gateway, partners, agencies } = configuration;
  const open = [...gateway.operators, ...partners, ...agencies].some(({ keys }) => keys.some(({ demo }) => demo));
  return open ? [finding('CONFIG_DEMO_KEY_EXPOSED', { host })] : [];
}

/**
 * Until the process is told to end; then what is under way is brought to its end, as long as the limit says. Who asks a second time is not
 * kept waiting: what is on the disk is whole at every moment. Changes of the configuration are taken up meanwhile.
 */
async function stopped(running: RunningGateway, report: ReturnType<typeof operatorLog>): Promise<void> {
  running.watch();
  process.on('SIGHUP', () => void running.reload().catch((error: unknown) => report({ event: 'defect', code: 'BUG', err: String(error) })));
  const signal = await new Promise<NodeJS.Signals>((resolve) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => resolve(name));
  });
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => process.exit(128 + constants.signals[name]));
  report({ event: 'stopping', signal });
  await running.stop();
  report({ event: 'stopped' });
}
