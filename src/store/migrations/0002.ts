/**
 * Schema 2: queues within a kind of job. What waits for one recipient waits apart from all others, so that a recipient who is
 * away is no row that anybody else's work is looked for behind; a lane lets what is urgent, or small, overtake within it.
 */
export const schema0002 = `
alter table job add column queue text;                      -- null: with all others of its kind
alter table job add column lane integer not null default 1; -- 0 first

update job set value = json_remove(json_set(value, '$.party', json_extract(value, '$.agency')), '$.agency')
  where kind = 'deliver' and json_extract(value, '$.agency') is not null;

drop index job_due;
create index job_due on job (kind, due, id) where state = 'ready' and queue is null;
create index job_queue on job (kind, queue, lane, due, id) where state = 'ready' and queue is not null;

-- Which jobs a message has, where that is asked: while it waits for its recipient, and when it stopped.
create index job_owner on job (owner) where queue is not null or kind = 'confirm' or state <> 'ready';
create index job_stopped on job (id) where state <> 'ready';
`;
