import { hasError } from '../diagnostics/diagnostic.ts';
import { findingJson } from '../diagnostics/json.ts';
import { errorsFirst } from '../diagnostics/text.ts';
import { differInPartners } from '../gateway/library/configuration-text.ts';
import type { Gateway, InForce } from '../gateway/gateway.ts';
import { replacedCodes } from '../gateway/translation/judging.ts';
import { loadConfigurationFolder, openLibrary, type Library, type LoadedFolder } from '../gateway/library/library.ts';
import type { Reloaded } from '../gateway/library/reloaded.ts';
import { checkAtStart } from './checked.ts';

export interface ReloadOptions {
  readonly gateway: Gateway;
  readonly config: string;
  /** What runs by these files, beside what is in force. */
  readonly inForce: (library: Library, loaded: LoadedFolder) => Promise<InForce>;
}

/** Takes up what was changed in the configuration folder: as a whole or not at all. */
export function reloader({ gateway, config, inForce }: ReloadOptions): () => Promise<Reloaded> {
  const look = async (): Promise<Reloaded> => {
    const { report } = gateway;
    const library = openLibrary({ root: gateway.library.root, maps: config }, gateway.library);
    const { recorded } = gateway.inForce;
    const kept = recorded.register.filter((each) => each.kept === 'store').map(({ file }) => file);
    const loaded = loadConfigurationFolder(config, library, kept);
    const isSame = loaded.hash === recorded.hash && library === gateway.library;
    const found = isSame ? [] : [...checkAtStart(library, gateway.library), ...loaded.findings];
    const bytes = bytesOf(library, loaded, config);
    const findings = errorsFirst(found).map((each) => findingJson(each, bytes));
    if (hasError(found)) {
      gateway.refused = { at: gateway.now(), findings };
      for (const { code, severity, message, rule } of findings)
        if (severity === 'error' || severity === 'fatal')
          report({ event: 'configuration refused', code: code as never, message, file: rule?.file ?? '', line: rule?.line ?? 0, column: rule?.column ?? 0 });
      return { changed: false, hash: recorded.hash, findings };
    }
    if (gateway.refused && isSame) report({ event: 'configuration in order again', hash: loaded.hash });
    gateway.refused = undefined;
    if (isSame) return { changed: false, hash: loaded.hash, findings: [] };
    const before = gateway.library;
    if (library === before && differInPartners(loaded, recorded)) await gateway.changePartners(loaded);
    else await gateway.change(await inForce(library, loaded));
    report({ event: 'configuration changed', hash: loaded.hash });
    for (const each of replacedCodes(before.judging, library.judging)) report({ event: 'codes replaced', ...each });
    return { changed: true, hash: loaded.hash, findings };
  };
  return () => gateway.exclusively(look);
}

/** The bytes of configuration files and maps, for excerpts and positions. */
export function bytesOf(library: Library, { files }: Pick<LoadedFolder, 'files'>, folder: string) {
  return (source: string): Uint8Array | undefined => {
    const file = files.find(({ path }) => path === source || `${folder}/${path}` === source);
    return file ? Buffer.from(file.text) : library.file(source);
  };
}
