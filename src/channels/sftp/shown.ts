import type { Attributes, FileEntry } from 'ssh2';
import type { Came } from './account.ts';
import type { Item } from './mailbox.ts';

const attributes = (modeBits: number, size: number, ms: number): Attributes => {
  const at = Math.floor(ms / 1_000);
  return { mode: modeBits, uid: 0, gid: 0, size, atime: at, mtime: at };
};
export const folderAttributes = (folder: string, now: number): Attributes => attributes(folder === '/in' ? 0o040730 : 0o040750, 0, now);
export const itemAttributes = ({ size, at }: Item): Attributes => attributes(0o100640, size, at);
export const fileAttributes = ({ size, at, upload }: Came): Attributes => attributes(upload ? 0o100600 : 0o100400, size, at);

/** As `ls -l` prints it, for clients that show this and not the attributes. */
export function entry(filename: string, attrs: Attributes): FileEntry {
  const isFolder = (attrs.mode & 0o170000) === 0o040000;
  const rights = [6, 3, 0].map((by) => ['r', 'w', 'x'].map((letter, i) => (((attrs.mode >> by) & (4 >> i)) !== 0 ? letter : '-')).join('')).join('');
  const day = new Date(attrs.mtime * 1_000).toISOString().slice(0, 10);
  return { filename, attrs, longname: `${isFolder ? 'd' : '-'}${rights} 1 portolan portolan ${String(attrs.size).padStart(10)} ${day} ${filename}` };
}
