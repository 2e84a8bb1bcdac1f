/**
 * Schema 1. Integers are milliseconds since 1970 or numbers; blobs are hashes or sealed (each with its own
 * key, see seal.ts); texts hold no business value in clear: owners are ULIDs, partners and types are the gateway's own names.
 *
 * The first group is the evidence, which `verify` checks to the bit; the second is the working state, which can be
 * lost in part without a proof failing.
 */
export const schema0001 = `
create table meta (name text primary key, value text not null) strict, without rowid;

-- evidence -----------------------------------------------------------------------------------------------------------

create table content (
  no integer primary key,
  owner text not null,
  stage text not null,
  media text not null,
  size integer not null,
  salt blob not null,         -- empty once erased
  commitment blob not null,   -- SHA-256(salt || bytes)
  sealed blob,                -- the bytes; null once erased, and where they lie in pieces
  unique (owner, stage)
) strict;

-- Sealed pieces of 1 MiB of larger content: id = content.no * 2^20 + n, so that they lie side by side.
create table chunk (id integer primary key, sealed blob not null) strict;

-- Content written ahead of its batch; swept at start.
create table staged (no integer primary key) strict;

-- The log: its public leaf, and the record of which the leaf is the blinded hash.
create table entry (
  idx integer primary key,    -- the position in the log
  leaf blob not null,         -- RFC 8785 {at, record, v}
  owner text not null,
  salt blob not null,         -- empty once erased
  sealed blob not null        -- the record; empty once erased
) strict;
create index entry_owner on entry (owner);

-- One signed note for each commit.
create table checkpoint (size integer primary key, note text not null) strict;

-- working state ------------------------------------------------------------------------------------------------------

-- Narrow, because every insert lands on another page.
create table duplicate (
  hash blob primary key,      -- HMAC of the key
  content integer not null,   -- content.no of the bytes that decide between same and other; its owner used the key
  until integer               -- null: for ever
) strict, without rowid;

-- Content whose owner failed or was rejected: its keys may be used again.
create table released (content integer primary key) strict;

create table business_key (
  hash blob not null,
  message text not null,
  kind text not null,
  path text not null,
  primary key (hash, message, kind, path)
) strict, without rowid;
create index business_key_message on business_key (message);

create table state (
  id text primary key,
  interchange text not null,
  state text not null,
  partner text,
  type text,
  received integer not null,
  updated integer not null,
  detail blob                 -- sealed
) strict, without rowid;
create index state_state on state (state, id) where id <> interchange;
create index state_partner on state (partner, id) where id <> interchange;

create table outcome (
  message text not null,
  agency text not null,
  state text not null,
  primary key (message, agency)
) strict, without rowid;
create index outcome_agency on outcome (agency, message);

create table job (
  id integer primary key,
  kind text not null,
  value text not null,
  owner text,
  sequence text,
  state text not null check (state in ('ready', 'parked', 'dead')),
  due integer not null,
  attempts integer not null,
  created integer not null,
  code text,
  retry text
) strict;
create index job_due on job (kind, due, id) where state = 'ready';
create index job_sequence on job (sequence, kind, id) where state = 'ready' and sequence is not null;

create table inbox (
  party text not null,
  number integer not null,
  key text not null,
  kind text not null,
  owner text not null,
  stage text not null,
  message text,
  at integer not null,
  receipted integer,
  primary key (party, number),
  unique (party, key)
) strict, without rowid;
`;
