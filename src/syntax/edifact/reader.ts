import { segmentReader, type SegmentReaderOptions } from '../segments/reader.ts';
import type { UnitHandler, UnitReader } from '../unit.ts';
import { edifactForm } from './syntax.ts';

/** Reads UN/EDIFACT of syntax versions 1 to 4, see `segmentReader`. */
export const edifactReader = (handler: UnitHandler, options: SegmentReaderOptions = {}): UnitReader => segmentReader(edifactForm, handler, options);
