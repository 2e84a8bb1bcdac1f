import { lawsOfPart } from './suite.ts';

await lawsOfPart(6);
