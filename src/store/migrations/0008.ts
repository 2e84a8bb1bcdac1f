/** Schema 8: faults that were accepted because the sender's agreement says so, by day; counted from the log with the volumes. */
export const schema0008 = `
create table tolerated (
  day text not null,          -- of the entry, UTC
  partner text not null,
  code text not null,
  messages integer not null,
  primary key (day, partner, code)
) strict, without rowid;
`;
