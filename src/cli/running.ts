import type { AddressInfo } from 'node:net';
import { availableParallelism } from 'node:os';
import { hasError, sentence } from '../diagnostics/diagnostic.ts';
import { Gateway, type InForce } from '../gateway/gateway.ts';
import type { Event, Report } from '../gateway/delivery/dispatch.ts';
import { keptPartners } from '../gateway/library/in-force.ts';
import { loadConfigurationFiles, type Library, type LoadedFolder } from '../gateway/library/library.ts';
import { inlineTranslator, TranslatorPool, type Translator } from '../gateway/translation/translator.ts';
import { openThreadedStore } from '../store/threaded.ts';
import { buildApp, type App } from '../web/app.ts';
import { reloader } from './reload.ts';
import { watchFolder } from './watch.ts';

export interface RunOptions {
  readonly library: Library;
  readonly loaded: LoadedFolder;
  readonly config: string; // the folder: changes in it are taken up
  readonly data: string;
  readonly report: Report;
  readonly workers: number; // threads that translate; 0: this one
  readonly dispatch?: boolean;
}

/** Threads that translate, as `serve` has them: where there are but two cores they take turns with the one that receives. */
export const translatingThreads = Math.max(2, Math.min(4, availableParallelism() - 1));

export interface RunningGateway {
  readonly gateway: Gateway;
  readonly app: App;
  /** Listens; the URL under which it is reached. Where that fails all is closed. */
  listen(host?: string, port?: number): Promise<string>;
  /** Takes up what was changed in the configuration folder, if it is in order; whether anything was taken up. */
  reload(): Promise<boolean>;
  /** Takes changes up as they come, until it is closed. */
  watch(): void;
  /** Takes what is under way to its end and gives back what has none by then. Nothing that was accepted is lost either way. */
  stop(ms?: number): Promise<void>;
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
  let unwatch = (): void => undefined;
  const close = async (): Promise<void> => {
    unwatch();
    await app.close();
    await gateway.close();
  };
  const look = reloader({ gateway, config, inForce: (library, loaded) => puttingInForce(options, library, loaded, gateway.inForce.translator) });
  gateway.reload = look;
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
    reload: async () => (await look()).changed,
    watch() {
      unwatch = watchFolder(config, () => void look().catch((error: unknown) => report(defect(error))));
    },
    async stop(ms = gateway.configuration.gateway.limits.drain * 1_000) {
      const end = Date.now() + ms;
      const left = (): number => Math.max(0, end - Date.now());
      unwatch();
      gateway.drain();
      // Requests end first: what they bring is still accepted, and who waits for an outcome gets it if it comes soon.
      if ((await app.underway.none(ms / 2)) > 0) gateway.wakeAll();
      await app.underway.none(left() - ms / 4);
      await app.close();
      await gateway.close(left());
    },
    close,
  };
}

async function puttingInForce({ workers }: RunOptions, library: Library, loaded: LoadedFolder, before?: Translator): Promise<InForce> {
  const { configuration } = loaded;
  if (!configuration) throw new Error('a configuration with errors cannot run');
  if (workers === 0) await library.loadSchemas();
  const sources = { sources: library.sources, configuration };
  const translator =
    workers === 0
      ? inlineTranslator(library, configuration)
      : (before?.successor?.(sources) ?? new TranslatorPool(sources, workers, { limit: configuration.gateway.limits.translate * 1_000 }));
  return { library, configuration, recorded: loaded, translator };
}

const defect = (error: unknown): Event => ({ event: 'defect', code: 'BUG', err: error instanceof Error ? (error.stack ?? error.message) : String(error) });
