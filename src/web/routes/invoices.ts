import { Type } from '../shape.ts';
import { finding } from '../../diagnostics/diagnostic.ts';
import { didYouMean } from '../../diagnostics/suggest.ts';
import { registerOf } from '../../gateway/changes/partner-changes.ts';
import { invoiceFor, invoiceText } from '../../gateway/views/invoices.ts';
import { wasPartner } from '../../gateway/views/partner-view.ts';
import type { App, WebContext } from '../app.ts';
import { allow } from '../auth.ts';
import { ProblemException } from '../problem.ts';
import { Open, problems } from '../schemas.ts';

/** Invoice lines of a month, out of the log. */
export function invoices(app: App, { gateway, caller }: WebContext): void {
  app.get(
    '/v1/invoices/:partner/:month',
    {
      schema: {
        summary: 'The invoice lines of a partner in a month',
        description:
          'Counted from the log and priced by the tariff of that month, with the entries that they were counted from, the checkpoint over them, and a hash. A month is `closed` once the log has a later entry: from then on the bytes are always the same.',
        tags: ['volumes'],
        params: Type.Object({ partner: Type.String({ maxLength: 100 }), month: Type.String({ pattern: '^\\d{4}-(0[1-9]|1[0-2])$' }) }),
        response: { 200: Open, ...problems },
      },
    },
    async (request, reply) => {
      const who = caller(request);
      const { partner, month } = request.params;
      if (who.role !== 'partner' || who.id !== partner) allow(who, 'see invoices', 'operator');
      await gateway.rounds.counter.count();
      if (!(await wasPartner(gateway, partner)))
        throw new ProblemException(finding('PARTNER_UNKNOWN', { partner, suggestion: didYouMean(partner, registerOf(gateway).keys()) }));
      const invoice = await invoiceFor(gateway.store, gateway.configuration.tariffs, partner, month);
      if (!invoice) throw new ProblemException(finding('PARTNER_NO_TARIFF', { partner, month }));
      return reply
        .type('application/json; charset=utf-8')
        .serializer((text: string) => text)
        .send(invoiceText(invoice) as never);
    },
  );
}
