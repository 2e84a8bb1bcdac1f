import { readFileSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';

/** Undefined where it is not there, or has another length. */
export function readIfWhole(path: string, size: number): Buffer | undefined {
  try {
    const bytes = readFileSync(path);
    return bytes.length === size ? bytes : undefined;
  } catch {
    return undefined;
  }
}

/** Written beside and renamed: whoever reads sees the old file or the new one, whole. */
export async function writeWhole(path: string, bytes: Uint8Array | string, durable: boolean): Promise<void> {
  const file = await open(`${path}.new`, 'w');
  try {
    await file.writeFile(bytes);
    if (durable) await file.datasync();
  } finally {
    await file.close();
  }
  await rename(`${path}.new`, path);
}
