import type { SecretReference, Surroundings } from '../channel.ts';

/** A mail server, and how we are known there. */
export interface MailServer {
  readonly host: string;
  readonly port?: number;
  readonly tls?: 'from-the-start' | 'upgraded' | 'none'; // upgraded: STARTTLS, which is demanded
  readonly user?: string;
  readonly password?: SecretReference;
  readonly authority?: SecretReference; // PEM: of the server's certificate, where it is not a public one
}

/** What both libraries take for it. Secrets are read each time: a new one takes effect with the next connection. */
export function connectionOf({ host, port, tls = 'from-the-start', user, password, authority }: MailServer, ports: Ports, { secret }: Surroundings) {
  return {
    host,
    port: port ?? (tls === 'from-the-start' ? ports.tls : ports.plain),
    secure: tls === 'from-the-start',
    logger: false as const,
    ...(user === undefined || password === undefined ? {} : { auth: { user, pass: textOf(secret(password)) } }),
    tls: { minVersion: 'TLSv1.2' as const, ...(authority === undefined ? {} : { ca: secret(authority) }) },
  };
}

export interface Ports {
  readonly tls: number;
  readonly plain: number;
}

/** A file that was written with an editor ends with a line break that is no part of the password. */
const textOf = (secret: Buffer): string => secret.toString('utf8').replace(/\r?\n$/, '');
