/**
 * Schema 3: finding one message among ten million, and volumes.
 *
 * A business key is 50 bytes: the HMAC, the message, and the number of its attribute path, which says too whether it is the
 * key as stated, its form, or its prefix; every key of a message stands
 * once more in one row of the message, so that erasing it needs no second index as large as the first. States and outcomes
 * have an index for each set of conditions that is asked for often; `search.ts` chooses among them.
 */
export const schema0003 = `
create table key_path (
  no integer primary key,
  kind text not null,
  path text not null,
  part text not null check (part in ('value', 'form', 'prefix')),
  unique (path, kind, part)
) strict;

create table key_of (
  hash blob not null,
  message text not null,
  path integer not null,      -- key_path.no
  primary key (hash, message, path)
) strict, without rowid;

-- The hashes of a message, 16 bytes each, side by side.
create table keyed (message text primary key, hashes blob not null) strict, without rowid;

insert into key_path (kind, path, part) select distinct replace(kind, '-prefix', ''), path, iif(kind like '%-prefix', 'prefix', 'value') from business_key;
insert into key_of select b.hash, b.message, p.no from business_key b join key_path p on p.path = b.path and p.kind = replace(b.kind, '-prefix', '') and p.part = iif(b.kind like '%-prefix', 'prefix', 'value');
insert into keyed select message, unhex(group_concat(hex(hash), '')) from business_key group by message;
drop table business_key;

alter table state add column grade text;
-- Of messages, whose ids alone have a hyphen: what an index is asked is answered by the index.
drop index state_state;
drop index state_partner;
create index state_state on state (state, id) where instr(id, '-') > 0;
create index state_partner on state (partner, id) where instr(id, '-') > 0;
create index state_type on state (type, id) where instr(id, '-') > 0;
create index state_partner_state on state (partner, state, id) where instr(id, '-') > 0;
create index state_partner_type on state (partner, type, id) where instr(id, '-') > 0;
create index outcome_agency_state on outcome (agency, state, message);

-- Counted from the log up to the entry that \`meta\` names as \`volume.next\`; all of it can be counted again.
create table volume (
  day text not null,          -- of the entry, UTC
  partner text not null,      -- who sent the message
  agency text not null,       -- '' where it is the receiving that is counted
  type text not null,
  messages integer not null,
  documents integer not null,
  characters integer not null,
  failures integer not null,
  primary key (day, partner, agency, type)
) strict, without rowid;

create table latency (
  day text not null,
  partner text not null,
  agency text not null,
  type text not null,
  bucket integer not null,
  count integer not null,
  primary key (day, partner, agency, type, bucket)
) strict, without rowid;
`;
