/** Schema 9: keys that may be used once lie beside their neighbours (`used-keys.ts`). Those of before are found where they are. */
export const schema0009 = `
alter table duplicate rename to duplicate_apart;
create table duplicate (
  hash blob primary key,      -- HMAC of what neighbours share, then of the key
  content integer not null,   -- content.no of the bytes that decide between same and other; its owner used the key
  until integer               -- null: for ever
) strict, without rowid;
`;
