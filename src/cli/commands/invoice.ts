import { invoiceText, verifyInvoice, type Invoice } from '../../gateway/views/invoices.ts';
import { ask, table } from '../bench-command.ts';
import { benchOptions } from '../client.ts';
import { UsageError, type Command } from '../main.ts';
import { writeWhole } from '../output.ts';
import { readJson } from '../source.ts';

export const invoice: Command = {
  usage: 'portolan invoice --month MONTH --partner P [--out FILE] [--url URL --key KEY] [--json]\n       portolan invoice verify FILE --data DIR [--json]',
  summary:
    'The invoice lines of a partner in a month, counted from the log and priced by the tariff of that month (`tariffs/` of the configuration), with the entries of the log they were counted from and a hash: the same command gives the same bytes later. verify counts those entries anew, one by one.',
  example: 'portolan invoice --month 2026-11 --partner blue-anchor --out invoice.json --key demo-operator',
  options: { ...benchOptions, month: { type: 'string' }, partner: { type: 'string' }, out: { type: 'string' } },
  only: { month: [''], partner: [''], out: [''], url: [''], key: [''], data: ['verify'] },
  args: [0, 2],
  run(io) {
    const { month, partner, out, data } = io.options as Readonly<Record<string, string | undefined>>;
    const [verb, file] = io.args;
    if (verb === 'verify') {
      if (file === undefined || data === undefined) throw new UsageError('verify which, by which log? portolan invoice verify FILE --data DIR');
      const invoice = readJson(file) as Invoice;
      if (invoice.v !== 1 || !invoice.log || !invoice.tariff || !Array.isArray(invoice.lines))
        throw new UsageError(`${file} is no invoice, as \`portolan invoice --out FILE\` writes it`);
      return verified(io, invoice, file);
    }
    if (verb !== undefined) throw new UsageError(`\`${verb}\` is not verify`);
    if (month === undefined || !/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) throw new UsageError('--month is a month: 2026-11');
    if (out !== undefined && io.options['json']) throw new UsageError('--json prints what --out FILE writes: name one of them');
    if (partner === undefined) throw new UsageError('--partner is missing');
    return ask(
      io,
      `/v1/invoices/${encodeURIComponent(partner)}/${month}`,
      async () => undefined,
      (made: Invoice) => {
        if (out === undefined) return lines(made);
        writeWhole(out, Buffer.from(invoiceText(made)));
        return `${out}: ${made.total} ${made.tariff.currency}, ${made.state}, sha256 ${made.sha256}\n`;
      },
    );
  },
};

async function verified(io: Parameters<Command['run']>[0], invoice: Invoice, file: string): Promise<0 | 1> {
  let ok = false;
  const asked = await ask(
    io,
    '',
    async ({ store }) => {
      const found = await verifyInvoice(store, invoice);
      ok = found.ok;
      return found;
    },
    ({ expected, erased }: Awaited<ReturnType<typeof verifyInvoice>>) => {
      if (ok) return `verified: ${file}, entries ${expected.log.first} to ${expected.log.next - 1} of ${expected.log.origin}\n`;
      const why =
        erased > 0 ? `NOT to be verified: ${file}; ${erased} records of the month were erased. Those that are left say` : `NOT what the log says: ${file}`;
      return `${why}\n\n${lines(expected)}`;
    },
  );
  return asked === 0 && ok ? 0 : 1;
}

function lines({ partner, month, state, lines, total, tariff, log }: Invoice): string {
  const rows = lines.map(({ text, unit, quantity, charged, price, amount }) => [text, String(quantity), String(charged), unit, price, amount]);
  return `${partner}, ${month} (${state}), tariff ${tariff.tariff}, entries ${log.first} to ${log.next - 1} of ${log.origin}\n\n${table(['', 'quantity', 'charged', 'unit', 'price', 'amount'], rows)}\ntotal ${total} ${tariff.currency}\n`;
}
