import type { AddressInfo } from 'node:net';
import { Gateway } from '../gateway/gateway.ts';
import type { Report } from '../gateway/dispatch.ts';
import type { Library, LoadedFolder } from '../gateway/library.ts';
import { inlineTranslator, TranslatorPool } from '../gateway/translator.ts';
import { openStore } from '../store/open.ts';
import { buildApp, type App } from '../web/app.ts';

export interface RunOptions {
  readonly library: Library;
  readonly loaded: LoadedFolder;
  readonly config: string; // the folder, for the threads that load it again
  readonly data: string;
  readonly report: Report;
  readonly workers: number; // threads that translate; 0: this one
  readonly dispatch?: boolean;
}

export interface RunningGateway {
  readonly gateway: Gateway;
  readonly app: App;
  /** Listens; the URL under which it is reached. */
  listen(host?: string, port?: number): Promise<string>;
  close(): Promise<void>;
}

/** A gateway with its store, its threads and its HTTP face: what `serve`, `start` and the campaigns run. */
export async function openGateway({ library, loaded, config, data, report, workers, dispatch }: RunOptions): Promise<RunningGateway> {
  const { configuration, text, hash } = loaded;
  if (!configuration) throw new Error('a configuration with errors cannot run');
  if (workers === 0) await library.loadSchemas();
  const store = openStore({ folder: data });
  const translator = workers === 0 ? inlineTranslator(library, configuration) : new TranslatorPool({ root: library.root, config }, workers);
  const gateway = new Gateway({ store, library, configuration, configurationText: text, configurationHash: hash, translator, report, ...(dispatch === undefined ? {} : { dispatch }) });
  await gateway.start();
  const app = await buildApp(gateway);
  return {
    gateway,
    app,
    async listen(host = configuration.gateway.host, port = configuration.gateway.port) {
      await app.listen({ host, port });
      const address = app.server.address() as AddressInfo;
      return `http://${address.family === 'IPv6' ? `[${address.address}]` : address.address}:${address.port}`;
    },
    async close() {
      await app.close();
      await gateway.close();
    },
  };
}
