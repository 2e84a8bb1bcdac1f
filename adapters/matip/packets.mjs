/**
 * Packets of MATIP, Mapping of Airline Traffic over IP (RFC 2351), as far as Type B needs them.
 *
 *     byte 0        byte 1          bytes 2 and 3
 *     0 0 0 0 0 Ver C Cmd           length of the whole packet       (section 7: Ver is 001, C is 1 in a control packet)
 *
 *     SO  C=1 Cmd=1111110   coding · protection and flags · HLD of the sender · HLD of the recipient     (section 10.1.1)
 *     OC  C=1 Cmd=1111101   cause: 0 accepted, otherwise refused                                       (section 10.1.2)
 *     SC  C=1 Cmd=1111100   cause: 0 normal                                                            (section 10.1.3)
 *     data C=0 Cmd=0        the message                                                                (section 10.2)
 */
const version = 0x01;
const commands = { open: 0xfe, confirm: 0xfd, close: 0xfc, data: 0x00 };
const names = new Map(Object.entries(commands).map(([name, code]) => [code, name]));

/** How text is coded (CD): 7-bit ASCII and EBCDIC; Baudot and IPARS are not spoken here. */
export const codings = { ascii: 0x04, ebcdic: 0x06 };

/** End-to-end protection (PROTEC): BATAP, or none that is named. */
export const protections = { none: 0x0, batap: 0x2 };

const withHlds = 0x2; // BFLAG: both HLDs stand in the packet

export const longestMessage = 0xffff - 4; // bytes: the length of a packet is of two

function packet(command, content) {
  const head = Buffer.from([version, commands[command], 0, 0]);
  head.writeUInt16BE(4 + content.length, 2);
  return Buffer.concat([head, content]);
}

/** Opens a session between two systems, each known by its HLD (high level designator, two bytes). */
export function sessionOpen({ coding = 'ascii', protection = 'none', sender, recipient }) {
  const content = Buffer.alloc(6);
  content[0] = codings[coding];
  content[1] = (protections[protection] << 4) | withHlds;
  content.writeUInt16BE(sender, 2);
  content.writeUInt16BE(recipient, 4);
  return packet('open', content);
}

export const openConfirm = (cause = 0) => packet('confirm', Buffer.from([cause]));
export const sessionClose = (cause = 0) => packet('close', Buffer.from([cause]));
export const data = (bytes) => packet('data', bytes);

/** Why a session is refused (section 10.1.2). */
export const causes = { accepted: 0x00, noTraffic: 0x01, incoherent: 0x02, protection: 0x03 };

/** What stands in a Session Open; undefined where it is not one of Type B. */
export function readOpen(content) {
  if (content.length < 2) return undefined;
  const coding = Object.keys(codings).find((name) => codings[name] === content[0]);
  const protection = Object.keys(protections).find((name) => protections[name] === content[1] >> 4);
  if ((content[1] & withHlds) === 0) return { coding, protection };
  return content.length < 6 ? undefined : { coding, protection, sender: content.readUInt16BE(2), recipient: content.readUInt16BE(4) };
}

/** A cause of Session Close that is of the application: all messages of the session are in safe hands. */
export const everythingTaken = 0x80;

/** Takes bytes as they come and calls `found` with each packet; throws where they are none. */
export function packetReader(found) {
  let rest = Buffer.alloc(0);
  return (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    while (rest.length >= 4) {
      if (rest[0] !== version) throw new Error(`a packet begins with ${rest[0]}, not with version 1`);
      const command = names.get(rest[1]);
      const length = rest.readUInt16BE(2);
      if (command === undefined) throw new Error(`0x${rest[1].toString(16)} is no command of Type B`);
      if (length < 4) throw new Error(`a packet states ${length} bytes`);
      if (rest.length < length) return;
      found({ command, content: rest.subarray(4, length) });
      rest = rest.subarray(length);
    }
  };
}
