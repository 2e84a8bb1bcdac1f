/** Schema 7: what is kept, and for how long: due content is found by the order of ids, sender by sender. And what watchers were told of what needs a person. */
export const schema0007 = `
create index state_interchange on state (partner, id) where id = interchange;

-- How far each kind of content of a sender was looked at: interchanges up to this id were erased, or deferred.
create table lapsed (
  partner text not null,
  kind text not null,
  upto text not null,
  primary key (partner, kind)
) strict, without rowid;

-- What was due and still needed, and when it is looked at again.
create table deferred (
  partner text not null,
  kind text not null,
  interchange text not null,
  due integer not null,
  primary key (partner, kind, interchange)
) strict, without rowid;
create index deferred_due on deferred (due);

-- Messages that are kept until an operator says otherwise.
create table hold (message text primary key) strict, without rowid;

-- Owners to whom nothing is added any more.
create table closed (owner text primary key) strict, without rowid;
insert into closed select distinct owner from content where salt = x'';

-- All but what waits to be translated first: that an interchange is \`received\` says as much, and intake pays for no index.
drop index job_owner;
create index job_owner on job (owner)
  where queue is not null or kind = 'confirm' or state <> 'ready' or kind <> 'translate' or instr(owner, '-') > 0;
create index inbox_unread on inbox (owner) where receipted is null;

-- So that a restart tells nothing twice.
create table alert (id text primary key, detail text not null) strict, without rowid;
`;
