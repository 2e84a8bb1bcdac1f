/** Schema 6: what was filed under which content, and where the references of each sender have come to. */
export const schema0006 = `
-- The second window for duplicates: content that was filed, by the HMAC of what makes it the same.
create table filing (
  hash blob primary key,
  message text not null,      -- that filed it
  until integer               -- null: for ever
) strict, without rowid;

-- One row for each run of references that are counted.
create table run (
  id text primary key,        -- HMAC of who sends to whom, in base64url
  partner text not null,
  detail blob not null        -- sealed
) strict, without rowid;
create index run_partner on run (partner, id);
`;
