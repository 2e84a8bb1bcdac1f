/** Schema 10: a key that may be used once says what it should be, so that a bit of it that flips shows. */
export const schema0010 = `
alter table duplicate add column sum integer; -- of the three before it (\`used-keys.ts\`); null in rows of before
`;
