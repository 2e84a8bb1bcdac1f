import { createHash } from 'node:crypto';
import type { ConnectConfig, SFTPWrapper } from 'ssh2';
import type { SecretReference, Surroundings } from '../channel.ts';
import { settingsFault } from '../faults.ts';
import { offer } from './algorithms.ts';
import { SftpError, sftpError } from './faults.ts';
import { ssh2 } from './protocol.ts';
import { Remote } from './remote.ts';

/** A server of a partner's, and how it knows us and we it. */
export interface SftpPeer {
  readonly host: string;
  readonly port?: number;
  readonly user: string;
  readonly hostKeys: readonly string[]; // `SHA256:…`, as ssh-keygen -l prints them; several while they change
  readonly keys?: readonly SecretReference[]; // private keys, tried in this order
  readonly passphrase?: SecretReference;
  readonly password?: SecretReference;
  readonly timeout?: number; // seconds that one answer may take; 30 unless said
  readonly old?: boolean; // algorithms that are no longer offered to everybody
}

const idle = 90_000; // ms that a connection is kept without work

/** The one connection to a server, made when it is needed, kept while it is used, and given up when it is not trusted any more. */
export class Link {
  readonly #peer: SftpPeer;
  readonly #surroundings: Surroundings;
  #open: Promise<Remote> | undefined;
  #users = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(peer: SftpPeer, surroundings: Surroundings) {
    this.#peer = peer;
    this.#surroundings = surroundings;
  }

  /** Works with the server. Rejects with an SftpError alone; what breaks the connection lets the next who asks make a new one. */
  async use<T>(signal: AbortSignal, work: (remote: Remote) => Promise<T>): Promise<T> {
    if (signal.aborted) throw tooLong();
    this.#users++;
    clearTimeout(this.#timer);
    let abort = (): void => undefined;
    const aborted = new Promise<never>((_, reject) => {
      abort = () => reject(tooLong());
      signal.addEventListener('abort', abort, { once: true });
    });
    try {
      return await Promise.race([this.#connection().then(work), aborted]);
    } catch (error) {
      throw sftpError(error);
    } finally {
      signal.removeEventListener('abort', abort);
      if (--this.#users === 0) this.#timer = setTimeout(() => void this.close(), idle).unref();
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer);
    const remote = await this.#open?.catch(() => undefined);
    this.#open = undefined;
    await remote?.close();
  }

  async #connection(): Promise<Remote> {
    const open = (this.#open ??= this.#connect());
    try {
      const remote = await open;
      remote.down.catch(() => {
        if (this.#open === open) this.#open = undefined;
      });
      return remote;
    } catch (error) {
      if (this.#open === open) this.#open = undefined;
      throw error;
    }
  }

  /** A server shows one of its keys, by an algorithm that is agreed upon before: where that key is not pinned, another kind may be. */
  async #connect(): Promise<Remote> {
    let left = offer({ withOld: this.#peer.old ?? false, asServer: false }).serverHostKey;
    const shown: string[] = [];
    for (;;) {
      try {
        return await this.#connectBy(left);
      } catch (error) {
        if (!(error instanceof OtherHostKey)) {
          if (shown.length > 0 && !(error instanceof SftpError && error.code === 'SEND_TIMEOUT')) break; // it has no other kind of key
          throw error;
        }
        shown.push(error.fingerprint);
        left = left.filter((name) => kindOf(name) !== error.kind);
        if (left.length === 0) break;
      }
    }
    throw new SftpError({ code: 'SEND_HOST_KEY', reason: `${this.#peer.host} shows ${shown.join(', ')}; agreed are ${this.#peer.hostKeys.join(', ')}` });
  }

  #connectBy(serverHostKey: readonly string[]): Promise<Remote> {
    const { hostKeys, timeout = 30 } = this.#peer;
    let other: OtherHostKey | undefined;
    const config = this.#config();
    return new Promise<Remote>((resolve, reject) => {
      const client = new (ssh2().Client)();
      const fail = (error: unknown): void => {
        reject(other ?? sftpError(error));
        client.destroy();
      };
      client.on('error', fail);
      client.on('close', () => fail(new SftpError({ code: 'SEND_INTERRUPTED', reason: 'the server ended the connection' })));
      client.on('connect', () => client.setNoDelay(true)); // questions are small, and wait for their answers
      client.on('ready', () =>
        client.sftp((error: Error | undefined, sftp: SFTPWrapper) => {
          if (error) return fail(new SftpError({ code: 'SEND_AUTH', reason: `the server offers no SFTP: ${error.message}` }));
          return resolve(new Remote(client, sftp, timeout * 1_000));
        }),
      );
      client.connect({
        ...config,
        algorithms: { ...offer({ withOld: this.#peer.old ?? false, asServer: false }), serverHostKey } as NonNullable<ConnectConfig['algorithms']>,
        hostVerifier: (key: Buffer) => {
          const shown = `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
          if (hostKeys.includes(shown)) return true;
          const kind = key.subarray(4, 4 + key.readUInt32BE(0)).toString('latin1');
          other = new OtherHostKey(shown, kind);
          return false;
        },
      });
    });
  }

  #config(): ConnectConfig {
    const { host, port = 22, user, keys = [], passphrase, password, timeout = 30 } = this.#peer;
    const { secret } = this.#surroundings;
    try {
      const phrase = passphrase && withoutLineEnd(secret(passphrase));
      const secretWord = password && withoutLineEnd(secret(password)).toString('utf8');
      const ways: object[] = keys.map((reference) => ({ type: 'publickey', username: user, key: privateKey(secret(reference), phrase) }));
      if (secretWord !== undefined)
        ways.push(
          { type: 'password', username: user, password: secretWord },
          { type: 'keyboard-interactive', username: user, prompt: (_: unknown, __: unknown, ___: unknown, prompts: readonly unknown[], answer: (words: string[]) => void) => answer(prompts.map(() => secretWord)) }, // prettier-ignore
        );
      if (ways.length === 0) throw new Error('neither `keys` nor `password` is set');
      return {
        host,
        port,
        username: user,
        readyTimeout: timeout * 1_000,
        keepaliveInterval: 15_000,
        keepaliveCountMax: 3,
        authHandler: ways as NonNullable<ConnectConfig['authHandler']>,
      };
    } catch (error) {
      throw new SftpError(settingsFault(error));
    }
  }
}

class OtherHostKey extends Error {
  readonly fingerprint: string;
  readonly kind: string;
  constructor(fingerprint: string, kind: string) {
    super(fingerprint);
    this.fingerprint = fingerprint;
    this.kind = kind;
  }
}

/** The kind of key that an algorithm signs with. */
const kindOf = (algorithm: string): string => (algorithm.startsWith('rsa-') ? 'ssh-rsa' : algorithm);

const withoutLineEnd = (bytes: Buffer): Buffer => Buffer.from(bytes.toString('latin1').replace(/\r?\n$/, ''), 'latin1');

function privateKey(bytes: Buffer, passphrase: Buffer | undefined): unknown {
  const parsed: unknown = ssh2().utils.parseKey(bytes, passphrase);
  if (parsed instanceof Error) throw new Error(`the private key cannot be read: ${parsed.message}`);
  return Array.isArray(parsed) ? parsed[0] : parsed;
}

const tooLong = (): SftpError => new SftpError({ code: 'SEND_TIMEOUT', reason: 'it took longer than a delivery may' });
