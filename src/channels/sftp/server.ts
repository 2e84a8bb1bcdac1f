import { once } from 'node:events';
import { createServer, type AddressInfo, type Server as NetServer, type Socket } from 'node:net';
import type { AuthContext, Connection, Server, ServerConfig, SFTPWrapper } from 'ssh2';
import type { Code } from '../../diagnostics/codes.ts';
import type { Grade } from '../../store/store.ts';
import type { ChannelKind, Incoming, Surroundings, Take } from '../channel.ts';
import { Account } from './account.ts';
import { isOld, offer } from './algorithms.ts';
import { prove, readLogin, type Login, type SftpLogin } from './login.ts';
import type { Mailbox } from './mailbox.ts';
import { ssh2 } from './protocol.ts';
import { Session } from './session.ts';
import type { Admission, Pressure } from './upload.ts';

export interface SftpServerOptions {
  readonly host: string;
  readonly port: number;
  readonly hostKeys: readonly Buffer[]; // private keys
  readonly mailbox: Mailbox;
  /** Room for a file that is being received, beside all else that is. */
  readonly admit: (bytes: number) => Promise<Admission | Pressure>;
  readonly report: Surroundings['report'];
  readonly now: () => number;
  readonly largest: () => number; // bytes of a file
  readonly limits?: Partial<ServerLimits>;
}

export interface ServerLimits {
  readonly connections: number; // of all
  readonly perParty: number; // connections of one, where its settings say nothing
  readonly sessions: number; // of one connection
  readonly handles: number; // of one session
  readonly login: number; // ms until a connection must have logged in
  readonly idle: number; // ms without a request
  readonly attempts: number; // of a login, on one connection
  readonly pause: number; // ms before a wrong password is answered
  readonly held: number; // bytes of one party under way
  readonly waiting: number; // bytes that a client asked for and does not fetch
}

const usual: ServerLimits = {
  connections: 1_000,
  perParty: 10,
  sessions: 4,
  handles: 64,
  login: 30_000,
  idle: 300_000,
  attempts: 12, // clients offer each of their keys
  pause: 1_000,
  held: 256 * 1024 * 1024,
  waiting: 64 * 1024 * 1024,
};

/** A party that may log in, and its connections. */
interface Registered {
  readonly settings: SftpLogin;
  readonly login: Login;
  readonly account: Account;
  readonly connections: Set<Socket>;
  readonly sessions: Set<Session>;
}

/**
 * One listener for all partners. Which of them it speaks to is known only after the algorithms are agreed upon: so what is old is
 * offered as soon as one partner is given it, and refused at the login of every other.
 */
export class SftpServer {
  readonly kind: ChannelKind<SftpLogin>;
  readonly #options: SftpServerOptions;
  readonly #limits: ServerLimits;
  readonly #logins = new Map<string, Registered>(); // by user
  readonly #sockets = new Set<Socket>();
  readonly #net: NetServer;
  #servers: { readonly modern: Server; readonly old: Server } | undefined;

  constructor(options: SftpServerOptions) {
    this.#options = options;
    this.#limits = { ...usual, ...options.limits };
    this.#net = createServer({ noDelay: true }, (socket) => this.#connected(socket));
    this.kind = { kind: 'sftpServer', incoming: (settings, party, _, take) => this.#register(settings, party, take) };
  }

  /** Rejects where it cannot listen, or a host key cannot be read. */
  async listen(): Promise<{ readonly host: string; readonly port: number }> {
    const { host, port } = this.#options;
    this.#servers = { modern: this.#server(false), old: this.#server(true) };
    this.#net.listen(port, host);
    await once(this.#net, 'listening');
    return { host, port: (this.#net.address() as AddressInfo).port };
  }

  /** Takes no connection more, ends those there are when what is being taken is taken. */
  async close(): Promise<void> {
    const ended = this.#net.listening ? once(this.#net, 'close') : Promise.resolve();
    this.#net.close();
    await Promise.all([...this.#logins.values()].map(settle));
    await this.#drop(this.#sockets);
    await ended;
  }

  async #register(settings: SftpLogin, party: string, take: Take): Promise<Incoming> {
    const user = settings.user ?? party;
    if (this.#logins.has(user)) throw new Error(`the login \`${user}\` is another party's`);
    const { mailbox, admit, now, largest } = this.#options;
    const limits = { largest: largest(), held: this.#limits.held, staged: 200, stagedFor: 3_600_000 };
    const registered: Registered = {
      settings,
      login: readLogin(settings),
      account: new Account({ party, login: settings, mailbox, take, admit, now, limits }),
      connections: new Set(),
      sessions: new Set(),
    };
    this.#logins.set(user, registered);
    return {
      close: async () => {
        this.#logins.delete(user);
        await settle(registered);
        await this.#drop(registered.connections);
      },
    };
  }

  #server(withOld: boolean): Server {
    const config = {
      hostKeys: [...this.#options.hostKeys],
      ident: 'Portolan',
      algorithms: offer({ withOld, asServer: true }),
      keepaliveInterval: 15_000,
      keepaliveCountMax: 3,
    } as unknown as ServerConfig;
    return new (ssh2().Server)(config, (client, info) => this.#client(client, this.#socketOf.get(`${info.ip} ${info.port}`)!));
  }

  readonly #socketOf = new Map<string, { readonly socket: Socket; readonly login: NodeJS.Timeout }>();

  #connected(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    const { remoteAddress = '', remotePort = 0 } = socket;
    if (this.#sockets.size >= this.#limits.connections || !this.#servers) return void socket.destroy();
    const name = `${remoteAddress} ${remotePort}`;
    this.#sockets.add(socket);
    const login = setTimeout(() => socket.destroy(), this.#limits.login); // also for those that say nothing at all
    this.#socketOf.set(name, { socket, login });
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#socketOf.delete(name);
      clearTimeout(login);
    });
    const isWanted = [...this.#logins.values()].some(({ login }) => login.old);
    this.#servers[isWanted ? 'old' : 'modern'].injectSocket(socket);
  }

  #client(client: Connection, { socket, login }: { readonly socket: Socket; readonly login: NodeJS.Timeout }): void {
    const { limits, report } = { limits: this.#limits, report: this.#options.report };
    let agreed: string[] = [];
    let attempts = 0;
    let who: { readonly registered: Registered; readonly grade: Grade } | undefined;
    let timer: NodeJS.Timeout | undefined;
    const active = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => this.#end(client, socket), limits.idle);
      if (socket.writableLength > limits.waiting) socket.destroy(); // it asks, and does not fetch
    };
    const refuse = (context: AuthContext, reason: string): void => {
      report({
        event: 'login refused',
        code: 'SFTP_LOGIN',
        channel: 'sftpServer',
        user: context.username.slice(0, 100),
        address: socket.remoteAddress ?? '',
        reason,
      });
      context.reject(['publickey', 'password']);
      if (attempts >= limits.attempts) this.#end(client, socket);
    };
    client.on('error', () => socket.destroy());
    client.on('close', () => clearTimeout(timer));
    socket.once('close', () => clearTimeout(timer));
    client.on('handshake', ({ kex, serverHostKey, cs, sc }) => {
      agreed = [kex, serverHostKey, cs.cipher, cs.mac, sc.cipher, sc.mac];
    });
    client.on('authentication', (context) => {
      if (context.method === 'none' || context.method === 'keyboard-interactive' || context.method === 'hostbased')
        return context.reject(['publickey', 'password']);
      attempts++;
      const registered = this.#logins.get(context.username);
      prove(registered?.login, context)
        .then(async (proved) => {
          if (proved === 'asked') return context.accept();
          if (!registered || proved === undefined) {
            if (context.method === 'password') await new Promise((resolve) => setTimeout(resolve, limits.pause));
            return refuse(context, `${context.method} of no use`);
          }
          if (isOld(agreed) && !registered.login.old)
            return refuse(context, `its software speaks only what is old: ${agreed.filter((name) => isOld([name])).join(', ')}`);
          if (registered.connections.size >= (registered.settings.connections ?? limits.perParty)) return refuse(context, 'too many connections');
          if (this.#logins.get(context.username) !== registered) return refuse(context, 'the login was changed');
          who = { registered, grade: proved };
          registered.connections.add(socket);
          socket.once('close', () => registered.connections.delete(socket));
          return context.accept();
        })
        .catch((error: unknown) => this.#fault(error, socket));
    });
    client.on('ready', () => {
      clearTimeout(login);
      active();
      let sessions = 0;
      // What nobody listens for is refused by ssh2: shells, commands, forwarding.
      client.on('session', (accept, reject) => {
        if (sessions >= limits.sessions || !who) return void reject?.();
        sessions++;
        accept().on('sftp', (acceptSftp) => this.#session(acceptSftp(), who!, active, socket));
        return undefined;
      });
    });
  }

  #session(sftp: SFTPWrapper, { registered, grade }: { readonly registered: Registered; readonly grade: Grade }, active: () => void, socket: Socket): void {
    const session = new Session(sftp, {
      account: registered.account,
      grade,
      handles: this.#limits.handles,
      active,
      fault: (error) => this.#fault(error, socket),
    });
    registered.sessions.add(session);
    sftp.on('close', () => registered.sessions.delete(session));
  }

  #fault(error: unknown, socket: Socket): void {
    const code: Code = 'BUG';
    this.#options.report({
      event: 'sftp server failed',
      code,
      channel: 'sftpServer',
      address: socket.remoteAddress ?? '',
      err: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }

  /** In order where the client goes along, by force where not. */
  #end(client: Connection, socket: Socket): void {
    client.end();
    setTimeout(() => socket.destroy(), 2_000).unref();
  }

  async #drop(sockets: ReadonlySet<Socket>): Promise<void> {
    const all = [...sockets].filter((socket) => !socket.destroyed);
    const ended = all.map((socket) => once(socket, 'close').catch(() => undefined));
    for (const socket of all) socket.end();
    const timer = setTimeout(() => {
      for (const socket of all) socket.destroy();
    }, 200);
    await Promise.all(ended);
    clearTimeout(timer);
  }
}

/** What is being taken is taken, and its client told. */
async function settle({ account, sessions }: Registered): Promise<void> {
  await account.close();
  await Promise.all([...sessions].map((session) => session.answered()));
}
