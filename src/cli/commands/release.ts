import type { Released } from '../../gateway/outcome/release.ts';
import { ask } from '../bench-command.ts';
import { benchOptions } from '../client.ts';
import { UsageError, type Command } from '../main.ts';

const { url, key } = benchOptions;

export const release: Command = {
  usage: 'portolan release ID [--url URL --key KEY] [--json]',
  summary:
    'Delivers what was held of a message: because it lost something on the way, or came before under another reference. The record says who released it.',
  example: 'portolan release 01JD8Z6Q0000000000000000AB-1 --url http://127.0.0.1:8080 --key demo-operator',
  options: { url, key },
  args: [1, 1],
  run(io) {
    const id = io.args[0]!;
    const beside = (): never => {
      throw new UsageError('only a gateway that runs can release');
    };
    return ask(io, `/v1/messages/${encodeURIComponent(id)}/release`, beside, lines, 'POST');
  },
};

const lines = ({ id, agencies }: Released): string => (agencies.length === 0 ? `nothing of ${id} is held\n` : `${id} goes to ${agencies.join(', ')}\n`);
