import t from 'tap';
import { hopsOf, type HopStep } from '../../../src/gateway/views/hops.ts';

const start = Date.parse('2026-11-21T10:00:00.000Z');
const step = (ms: number, kind: string, party?: string): HopStep => ({ at: new Date(start + ms).toISOString(), kind, party });

t.test('each hop says how long it took after the hop before it on its own way', async (t) => {
  const steps = [
    step(2, 'received', 'line'),
    step(50, 'translated', 'line'),
    step(50, 'translated', 'customs'),
    step(50, 'translated', 'health'),
    step(51, 'acknowledged', 'line'),
    step(80, 'sent', 'customs'),
    step(90, 'read', 'customs'),
    step(3_080, 'delivered', 'customs'),
    step(3_500, 'acknowledged by recipient', 'customs'),
    step(9_050, 'sent', 'health'),
    step(9_060, 'sent', 'health'), // once more: the first counts
  ];
  t.same(
    hopsOf(start, steps, 'line').map(({ hop, party, tookMs, afterMs }) => `${hop} ${party}: ${tookMs}, ${afterMs}`),
    [
      'received line: 2, 2',
      'translated line: 48, 50',
      'translated customs: 0, 50',
      'translated health: 0, 50',
      'acknowledged line: 1, 51',
      'sent customs: 30, 80',
      'delivered customs: 3000, 3080',
      'acknowledged by recipient customs: 420, 3500',
      'sent health: 9000, 9050',
    ],
  );
});
