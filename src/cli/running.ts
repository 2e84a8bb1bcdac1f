import { createHash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { hasError, sentence } from '../diagnostics/diagnostic.ts';
import { Gateway, type InForce } from '../gateway/gateway.ts';
import type { Report } from '../gateway/dispatch.ts';
import { differInPartners } from '../gateway/configuration-text.ts';
import { readFolder, readPartnerFiles } from '../gateway/folder.ts';
import { keptPartners } from '../gateway/in-force.ts';
import { loadConfigurationFiles, loadConfigurationFolder, openLibrary, type Library, type LoadedFolder } from '../gateway/library.ts';
import { replacedCodes } from '../gateway/judging.ts';
import { inlineTranslator, TranslatorPool } from '../gateway/translator.ts';
import { openThreadedStore } from '../store/threaded.ts';
import { buildApp, type App } from '../web/app.ts';
import { checkAtStart } from './checked.ts';

export interface RunOptions {
  readonly library: Library;
  readonly loaded: LoadedFolder;
  readonly config: string; // the folder: changes in it are taken up
  readonly data: string;
  readonly report: Report;
  readonly workers: number; // threads that translate; 0: this one
  readonly dispatch?: boolean;
}

export interface RunningGateway {
  readonly gateway: Gateway;
  readonly app: App;
  /** Listens; the URL under which it is reached. Where that fails all is closed. */
  listen(host?: string, port?: number): Promise<string>;
  /** Takes up what was changed in the configuration folder, if it is in order; whether anything was taken up. */
  reload(): Promise<boolean>;
  close(): Promise<void>;
}

/** A gateway with its store, its threads and its HTTP face: what `serve`, `start` and the campaigns run. */
export async function openGateway(options: RunOptions): Promise<RunningGateway> {
  const { config, data, report, dispatch } = options;
  const store = await openThreadedStore({ folder: data }); // before any thread is made: where it fails there is nothing to end
  let opened: Gateway | undefined;
  const opening = async (): Promise<{ readonly gateway: Gateway; readonly app: App }> => {
    const kept = await keptPartners(store);
    const loaded = kept.length === 0 ? options.loaded : loadConfigurationFiles(options.loaded.files, options.library, kept);
    if (hasError(loaded.findings))
      throw new Error(
        `the partners that the store keeps do not go with the folder: ${loaded.findings
          .filter(({ severity }) => severity === 'error')
          .slice(0, 3)
          .map(sentence)
          .join('; ')}`,
      );
    const inForce = await puttingInForce(options, options.library, loaded);
    opened = new Gateway({ store, ...inForce, data, report, ...(dispatch === undefined ? {} : { dispatch }) });
    await opened.start();
    return { gateway: opened, app: await buildApp(opened) };
  };
  const { gateway, app } = await opening().catch(async (error: unknown) => {
    await (opened ?? store).close();
    throw error;
  });
  const close = async (): Promise<void> => {
    await app.close();
    await gateway.close();
  };
  let seen = fingerprint(config);
  return {
    gateway,
    app,
    async listen(host = gateway.configuration.gateway.host, port = gateway.configuration.gateway.port) {
      await app.listen({ host, port }).catch(async (error: unknown) => {
        await close(); // nobody else would end the threads
        throw error;
      });
      const address = app.server.address() as AddressInfo;
      return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
    },
    reload: () =>
      gateway.exclusively(async () => {
        const now = fingerprint(config);
        if (now === seen) return false;
        seen = now;
        const library = openLibrary({ root: options.library.root, maps: config });
        const kept = gateway.inForce.recorded.register.filter((each) => each.kept === 'store').map(({ file }) => file);
        const loaded = loadConfigurationFolder(config, library, kept);
        const findings = [...checkAtStart(library), ...loaded.findings];
        if (hasError(findings)) {
          for (const { code, args, rule, severity } of findings)
            if (severity === 'error') report({ event: 'configuration refused', code, ...args, file: rule?.source ?? '' });
          return false;
        }
        const before = gateway.library;
        const isPartnersOnly = library === before && differInPartners(loaded, gateway.inForce.recorded);
        const change = isPartnersOnly ? gateway.changePartners(loaded) : gateway.change(await puttingInForce(options, library, loaded));
        await change.catch((error: unknown) => {
          seen = ''; // it is tried again
          throw error;
        });
        report({ event: 'configuration changed', hash: loaded.hash });
        for (const each of replacedCodes(before.judging, library.judging)) report({ event: 'codes replaced', ...each });
        return true;
      }),
    close,
  };
}

async function puttingInForce({ workers }: RunOptions, library: Library, loaded: LoadedFolder): Promise<InForce> {
  const { configuration } = loaded;
  if (!configuration) throw new Error('a configuration with errors cannot run');
  if (workers === 0) await library.loadSchemas();
  const translator =
    workers === 0
      ? inlineTranslator(library, configuration)
      : new TranslatorPool({ sources: library.sources, configuration }, workers, { limit: configuration.gateway.limits.translate * 1_000 });
  return { library, configuration, recorded: loaded, translator };
}

/** What the folder says, as one hash: watching a folder is different on every system. Partners may be many thousands: those that were read before are not read again. */
function fingerprint(config: string): string {
  const sum = createHash('sha256');
  for (const { path, text } of readPartnerFiles(config)) sum.update(`${path}\0${text}\0`);
  for (const { path, text } of readFolder(config, /^(?!partners\/).*\.ya?ml$|^codes\/.+\.csv$|^directories\/[\w-]+\/\w+\.txt$/))
    sum.update(`${path}\0${text}\0`);
  return sum.digest('hex');
}
