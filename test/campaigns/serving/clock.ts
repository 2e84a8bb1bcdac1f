import { readFileSync } from 'node:fs';

// Loaded into a gateway before anything else: its clock is as far from the machine's as the file says, from one tenth of a second to the next.
const file = process.env['PORTOLAN_CAMPAIGN_CLOCK']!;
const machine = Date.now.bind(Date);
let offset = 0;
const look = (): void => {
  try {
    offset = Number(readFileSync(file, 'utf8')) || 0;
  } catch {
    offset = 0;
  }
};
look();
setInterval(look, 100).unref();
Date.now = () => machine() + offset;
