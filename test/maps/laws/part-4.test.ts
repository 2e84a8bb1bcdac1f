import { lawsOfPart } from './suite.ts';

await lawsOfPart(4);
