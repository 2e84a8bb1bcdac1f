import { run } from './delivery-fixture.ts';

/*
 * A gateway that ends by SIGKILL between the moment at which a delivery was handed over and the commit that says so, or just after that
 * commit. Run by delivery-kill.test.ts:
 *
 *   node delivery-child.js FOLDER URL STEP
 */
const [folder, url, step] = process.argv.slice(2);
const { openStore } = await import('../../src/store/open.ts');
let isHanded = false;
const { submit } = await run(
  { teardown: () => undefined },
  {
    folder: folder!,
    terms: { customs: { expects: [{ answer: 'response', within: 3_600_000 }] } },
    channels: { customs: { kind: 'test', settings: { url: url! } } },
    store: (at) => {
      const store = openStore({ folder: at, onStep: (reached) => void (isHanded && reached === step && process.kill(process.pid, 'SIGKILL')) });
      const { commit } = store;
      store.commit = (batch) => {
        isHanded ||= (batch.records ?? []).some(({ kind, party }) => kind === 'sent' && party === 'customs');
        return commit.call(store, batch);
      };
      return store;
    },
  },
);
await submit('latin-1');
setInterval(() => undefined, 1_000);
