import t from 'tap';
import type { ReadMessage } from '../../src/gateway/translation/reading.ts';
import { lossesKept } from '../../src/gateway/translation/pipeline.ts';
import { readBytes } from '../../src/gateway/translation/syntax.ts';
import { SegmentUnit } from '../../src/syntax/segments/segment-unit.ts';
import { library } from '../maps/fixture.ts';

// A sender can cause a fault with every dozen bytes. Those beyond what is told are counted, and cost no more than counting: nobody asks where they stand.

const segments = 20_000;
const cases: readonly { readonly name: string; readonly refused: string }[] = [
  { name: 'a date again and again, of which one is allowed', refused: "DTM+136-118+9'" },
  { name: 'a segment that has no place where it stands', refused: "SEL+GT00872+SH'" },
  { name: 'a segment that no directory has', refused: "QQQ+1+2:3'" },
  { name: 'elements and components without end', refused: "DTM+1:2:3:4:5+6+7+8'" },
];

for (const { name, refused } of cases) {
  t.test(`${segments} times ${name}: places are made for what is told alone`, async (t) => {
    const { place } = SegmentUnit.prototype;
    let places = 0;
    SegmentUnit.prototype.place = function (this: SegmentUnit, atom?: number) {
      places++;
      return place.call(this, atom);
    };
    t.teardown(() => (SegmentUnit.prototype.place = place));
    const header = "UNB+UNOC:3+A+B+260101:0000+1'UNH+1+CUSCAR:D:95B:UN'BGM+785+X+9'";
    const bytes = Buffer.from(`${header}${refused.repeat(segments)}UNT+${segments + 3}+1'UNZ+1+1'`);
    const messages: ReadMessage[] = [];
    readBytes(library(), bytes, { message: (message) => messages.push(message) }, { losses: lossesKept });
    const { findings, parsed } = messages[0]!;
    t.ok(parsed!.account.lost >= segments, 'every value that was refused is in the account');
    t.ok(parsed!.losses.length <= lossesKept);
    t.ok(
      findings.some(({ code }) => code === 'EDIFACT_MORE'),
      'what is not told is counted',
    );
    const most = findings.length + parsed!.losses.length + 100;
    t.ok(places <= most, `${places} places for ${findings.length} findings and ${parsed!.losses.length} losses`);
  });
}
