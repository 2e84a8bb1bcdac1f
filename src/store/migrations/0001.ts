/**
 * Schema 1. Integers are milliseconds since 1970 or numbers; blobs are hashes or sealed; texts hold no business value
 * in clear: owners are ULIDs, partners and types are the gateway's own names.
 *
 * The first group is the evidence, which `verify` checks to the bit; the second is the working state, which can be
 * lost in part without a proof failing.
 */
export const schema0001 = `
create table meta (name text primary key, value text not null) strict, without rowid;

-- evidence -----------------------------------------------------------------------------------------------------------

-- The two data keys of an owner, wrapped by the key of the store. Erasing content is forgetting the first of them.
create table data_key (owner text primary key, wrapped blob not null) strict, without rowid;

create table content (
  no integer primary key,
  owner text not null,
  stage text not null,
  media text not null,
  size integer not null,
  salt blob not null,         -- empty once erased
  commitment blob not null,   -- SHA-256(salt || bytes)
  unique (owner, stage)
) strict;

-- Sealed pieces of at most 1 MiB: id = content.no * 2^20 + n, so that one b-tree serves and pieces lie side by side.
create table chunk (id integer primary key, sealed blob not null) strict;

-- Content written ahead of its batch; swept at start.
create table staged (no integer primary key) strict;

-- The private half of a step; idx is the position of its entry in the log.
create table record (
  idx integer primary key,
  owner text not null,
  salt blob not null,
  sealed blob not null        -- empty once erased
) strict;
create index record_owner on record (owner, idx);

-- The public leaf: RFC 8785 {at, record, v}.
create table entry (idx integer primary key, leaf blob not null) strict;

-- One signed note for each commit.
create table checkpoint (size integer primary key, note text not null) strict;

-- working state ------------------------------------------------------------------------------------------------------

-- Narrow, because every insert lands on another page.
create table duplicate (
  hash blob primary key,      -- HMAC of the key
  content integer not null,   -- content.no of the bytes that decide between same and other; its owner used the key
  idx integer,                -- its first record
  failed integer not null,
  until integer               -- null: for ever
) strict, without rowid;
create index duplicate_content on duplicate (content);

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
create index state_state on state (state, id);
create index state_partner on state (partner, id);

create table outcome (
  message text not null,
  agency text not null,
  state text not null,
  primary key (message, agency)
) strict, without rowid;
create index outcome_agency on outcome (agency, message);

create table job (
  id integer primary key autoincrement,
  kind text not null,
  value text not null,
  owner text,
  state text not null check (state in ('ready', 'parked', 'dead')),
  due integer not null,
  attempts integer not null,
  created integer not null,
  code text,
  retry text
) strict;
create index job_due on job (kind, due, id) where state = 'ready';

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
