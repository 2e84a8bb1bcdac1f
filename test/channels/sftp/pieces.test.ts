import fc from 'fast-check';
import t from 'tap';
import { isPlain } from '../../../src/channels/sftp/remote.ts';
import { Upload } from '../../../src/channels/sftp/upload.ts';

t.test('a file is what its pieces say, in whatever order they come and however often', (t) => {
  const piece = fc.record({ at: fc.nat(60), bytes: fc.uint8Array({ minLength: 1, maxLength: 30 }) });
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
      let held = 0;
      const upload = new Upload({ more: (bytes) => ((held += bytes), undefined), release: () => (held = 0) }, 1_000);
      const expected = Buffer.alloc(100);
      const written = new Set<number>();
      let size = 0;
      for (const { at, bytes } of pieces) {
        if (upload.write(at, bytes) !== undefined) return false;
        expected.set(bytes, at);
        for (let i = 0; i < bytes.length; i++) written.add(at + i);
        size = Math.max(size, at + bytes.length);
      }
      const hole = Array.from({ length: size }, (_, i) => i).find((i) => !written.has(i));
      return upload.hole === hole && upload.size === size && held === size && upload.bytes.equals(expected.subarray(0, size));
    }),
    { numRuns: 500 },
  );
  t.end();
});

t.test('what is refused once is never whole again', (t) => {
  let room = 10;
  const upload = new Upload({ more: (bytes) => ((room -= bytes) < 0 ? { code: 'SFTP_LIMIT', reason: 'full' } : undefined), release: () => undefined }, 100);
  t.equal(upload.write(0, Buffer.alloc(8)), undefined);
  t.match(upload.write(8, Buffer.alloc(8)), { code: 'SFTP_LIMIT' });
  room = 100;
  t.match(upload.write(8, Buffer.alloc(8)), { code: 'SFTP_LIMIT' }, 'though there would be room now');
  t.match(upload.broken, { code: 'SFTP_LIMIT' });
  t.end();
});

t.test('what is a file on a server, also on one that tells no modes', (t) => {
  const table: readonly (readonly [mode: number | undefined, line: string, file: boolean])[] = [
    [0o100644, '', true],
    [0o040755, '', false],
    [0o120777, '', false],
    [undefined, '-rw-r--r-- 1 x x 1 Jan 1 00:00 a', true],
    [undefined, 'drwxr-xr-x 1 x x 1 Jan 1 00:00 a', false],
    [undefined, 'lrwxrwxrwx 1 x x 1 Jan 1 00:00 a', false],
    [0o644, '', true],
    [undefined, '', true],
  ];
  for (const [mode, line, file] of table) t.equal(isPlain(mode, line), file, `${mode?.toString(8) ?? 'no mode'} ${line}`);
  t.end();
});
