const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `90d`, `12h`, `30m`, `5s` in milliseconds; undefined for anything else. */
export function durationMs(text: string): number | undefined {
  const match = /^(\d{1,6})([smhd])$/.exec(text);
  return match ? Number(match[1]) * units[match[2]!]! : undefined;
}

/** The same in words, in the largest unit that states it exactly. */
export function durationText(ms: number): string {
  const unit = Object.entries(units)
    .toReversed()
    .find(([, size]) => ms % size === 0);
  return unit && ms > 0 ? `${ms / unit[1]}${unit[0]}` : `${Math.round(ms / 1_000)}s`;
}
